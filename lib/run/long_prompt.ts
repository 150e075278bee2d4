import { AgentError } from "../errors.ts";
import type { Agent } from "../agents/agent.ts";
import { streamOf } from "../system/byte_source.ts";
import type { Notify, System } from "../system/system.ts";

/** The agent's arguments and stdin. */
interface PromptInput {
  args: readonly string[];
  /** The stdin. @default empty */
  stdin: ReadableStream<Uint8Array> | undefined;
}

/**
 * Longer prompts are passed on stdin, UTF-8 bytes. Linux limits one argument to
 * 131,072 bytes (MAX_ARG_STRLEN), and with a stack limit of 512 KiB also all
 * arguments and the environment together (execve(2)).
 */
const LONGEST_ARGUMENT = 65_536;

/** The most that an agent surely reads from stdin; it may drop the rest. */
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * How long an input may be silent before it counts as empty. An agent waits for
 * 500 ms after it has started, which takes up to 2 s.
 */
const SILENCE_MS = 2_500;

/**
 * Moves a prompt that is too long for an argument to stdin. The original stdin
 * comes first, then a blank line, as the agent itself joins the two. If the
 * agent would wait for a silent stdin, such as the pipe of a service, it gets
 * none.
 *
 * @throws {AgentError} If the agent cannot read a prompt of this
 * size.
 */
export async function moveLongPrompt(
  { args, stdin }: PromptInput,
  { agent, notify = () => {}, system }: {
    agent: Pick<Agent, "program" | "read">;
    notify?: Notify | undefined;
    system: Pick<System, "sleep">;
  },
): Promise<PromptInput> {
  const { prompt: found, awaitsInput } = agent.read(args);
  const prompt = new TextEncoder().encode(found?.text);
  if (!found || prompt.length <= LONGEST_ARGUMENT) {
    if (!stdin || !awaitsInput) return { args, stdin };
    return { args, stdin: await unlessSilent(stdin, { notify, system }) };
  }
  checkSize(agent, prompt.length);
  const first = stdin && await firstChunk(stdin, system);
  return { args: found.others, stdin: joined(agent, first, prompt) };
}

async function unlessSilent(
  stdin: ReadableStream<Uint8Array>,
  { notify, system }: { notify: Notify; system: Pick<System, "sleep"> },
): Promise<ReadableStream<Uint8Array> | undefined> {
  const first = await firstChunk(stdin, system);
  if (first === "silent") {
    notify(
      `no input within ${
        SILENCE_MS / 1_000
      } s: the prompt is sent without it ` +
        "(redirect stdin from /dev/null to send it at once)",
    );
  }
  if (first === "silent" || first === "empty") return undefined;
  return streamFrom(first, chunksOf(first));
}

type Named = Pick<Agent, "program">;

function checkSize({ program }: Named, bytes: number): void {
  if (bytes <= MOST_BYTES) return;
  throw new AgentError(
    "unusable-argument",
    `Cannot ask ${program}: prompt and input are longer than ${MOST_BYTES} bytes, ` +
      "and it ignores the rest",
  );
}

/** An input whose first chunk was read. */
interface BegunInput {
  chunk: Uint8Array;
  reader: ReadableStreamDefaultReader<Uint8Array>;
}

/** Waits for the first chunk, unless the input is empty or silent. */
async function firstChunk(
  stdin: ReadableStream<Uint8Array>,
  { sleep }: Pick<System, "sleep">,
): Promise<BegunInput | "empty" | "silent"> {
  const reader = stdin.getReader();
  const stop = new AbortController();
  const silence = sleep(SILENCE_MS, stop.signal).catch(() => {});
  try {
    while (true) {
      const read = await Promise.race([reader.read(), silence]);
      if (read?.value?.length) return { chunk: read.value, reader };
      if (read && !read.done) continue;
      reader.cancel().catch(() => {}); // not awaited
      return read ? "empty" : "silent";
    }
  } finally {
    stop.abort();
  }
}

async function* chunksOf(
  { chunk, reader }: BegunInput,
): AsyncGenerator<Uint8Array, undefined> {
  for (let value: Uint8Array | undefined = chunk; value;) {
    yield value;
    ({ value } = await reader.read());
  }
}

/** Returns the stream of `chunks`; canceling it cancels the input. */
function streamFrom(
  { reader }: BegunInput,
  chunks: AsyncGenerator<Uint8Array, undefined>,
): ReadableStream<Uint8Array> {
  return streamOf({
    read: async () => (await chunks.next()).value,
    cancel: (reason) => reader.cancel(reason),
  });
}

function joined(
  agent: Named,
  begun: BegunInput | "empty" | "silent" | undefined,
  prompt: Uint8Array,
): ReadableStream<Uint8Array> {
  if (typeof begun !== "object") return ReadableStream.from([prompt]);
  const input = chunksOf(begun);
  const blankLine = new TextEncoder().encode("\n\n");
  async function* chunks(): AsyncGenerator<Uint8Array, undefined> {
    let size = prompt.length + blankLine.length;
    for await (const value of input) {
      size += value.length;
      checkSize(agent, size);
      yield value;
    }
    yield blankLine;
    yield prompt;
  }
  return streamFrom(begun, chunks());
}
