import type { Provider } from "../providers/provider.ts";
import { UnusableArgumentError } from "../run_errors.ts";
import type { System } from "../system/system.ts";

/** The agent's arguments and stdin. */
export interface PromptInput {
  /** The arguments. */
  args: readonly string[];
  /** The stdin. @default empty */
  stdin: ReadableStream<Uint8Array> | undefined;
}

/**
 * The most that `qwen` reads from stdin; it drops the rest (0.12.0, 0.24.4).
 */
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * How long an input may be silent before it counts as empty. `qwen` waits for
 * 500 ms after it has started, which takes up to 2 s.
 */
const SILENCE_MS = 2_500;

/**
 * Moves a prompt that is too long for an argument to stdin. The original stdin
 * comes first, then a blank line, as the agent itself joins the two.
 *
 * @throws {UnusableArgumentError} If the agent cannot read a prompt of this
 * size.
 */
export async function moveLongPrompt(
  { args, stdin }: PromptInput,
  { provider, system }: {
    provider: Pick<Provider, "splitLongPrompt">;
    system: Pick<System, "sleep">;
  },
): Promise<PromptInput> {
  const split = provider.splitLongPrompt(args);
  if (!split) return { args, stdin };
  const prompt = new TextEncoder().encode(split.prompt);
  checkSize(prompt.length);
  const first = stdin && await firstChunk(stdin, system);
  return { args: split.args, stdin: joined(first, prompt) };
}

function checkSize(bytes: number): void {
  if (bytes <= MOST_BYTES) return;
  throw new UnusableArgumentError(
    `Cannot ask qwen: prompt and input are longer than ${MOST_BYTES} bytes, ` +
      "and it ignores the rest",
  );
}

/** An input whose first chunk was read. */
interface BegunInput {
  chunk: Uint8Array;
  reader: ReadableStreamDefaultReader<Uint8Array>;
}

/**
 * Waits for the first chunk. Returns `undefined` if the input is empty or
 * silent.
 */
async function firstChunk(
  stdin: ReadableStream<Uint8Array>,
  { sleep }: Pick<System, "sleep">,
): Promise<BegunInput | undefined> {
  const reader = stdin.getReader();
  const stop = new AbortController();
  const silence = sleep(SILENCE_MS, stop.signal).catch(() => {});
  try {
    while (true) {
      const read = await Promise.race([reader.read(), silence]);
      if (read?.value?.length) return { chunk: read.value, reader };
      if (read && !read.done) continue;
      reader.cancel().catch(() => {}); // not awaited
      return undefined;
    }
  } finally {
    stop.abort();
  }
}

function joined(
  begun: BegunInput | undefined,
  prompt: Uint8Array,
): ReadableStream<Uint8Array> {
  if (!begun) return ReadableStream.from([prompt]);
  const { chunk, reader } = begun;
  const blankLine = new TextEncoder().encode("\n\n");
  async function* chunks() {
    let size = prompt.length + blankLine.length;
    for (let value: Uint8Array | undefined = chunk; value;) {
      size += value.length;
      checkSize(size);
      yield value;
      ({ value } = await reader.read());
    }
    yield blankLine;
    yield prompt;
  }
  const source = chunks();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await source.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
