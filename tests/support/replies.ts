import { CHECKOUT } from "./checkout.ts";

/** A reply of the server in a captured run of the real `qwen`. */
export type CapturedReply =
  | { status: number; headers?: Record<string, string>; body: unknown }
  /** An event stream, and whether it broke. */
  | { sse: string[]; thenDestroy?: boolean };

/** Reads the replies of the captured runs, each once, by run. */
export async function readReplies(): Promise<Record<string, CapturedReply>> {
  return JSON.parse(
    await Deno.readTextFile(`${CHECKOUT}/tests/testdata/replies.json`),
  );
}

/** Returns a response with `reply`, its body in pieces made by `cut`. */
export function responseOf(
  reply: CapturedReply,
  cut = (bytes: Uint8Array): Uint8Array[] => [bytes],
): Response {
  if ("sse" in reply) {
    const pieces = cut(bytesOf(reply));
    const body = bodyOf(pieces, { breaks: reply.thenDestroy });
    return new Response(body, {
      headers: { "content-type": "text/event-stream" },
    });
  }
  const { status, headers = { "content-type": "application/json" } } = reply;
  return new Response(bodyOf(cut(bytesOf(reply))), { status, headers });
}

/** The bytes of the body of `reply`. */
export function bytesOf(reply: CapturedReply): Uint8Array {
  const text = "sse" in reply
    ? reply.sse.join("")
    : typeof reply.body === "string"
    ? reply.body
    : JSON.stringify(reply.body);
  return new TextEncoder().encode(text);
}

/** The end of {@linkcode bodyOf} after the pieces. */
export interface BodyOptions {
  /** Whether it breaks then. */
  breaks?: boolean | undefined;
  /** Whether it then stays open and silent forever. */
  hangs?: boolean | undefined;
  /** Called with the number of pieces read so far. */
  onPull?: ((taken: number) => void) | undefined;
  /** Called when it is cancelled. */
  onCancel?: (() => void) | undefined;
}

/** A body that provides `pieces` as they are read. */
export function bodyOf(
  pieces: readonly (Uint8Array | string)[],
  { breaks, hangs, onPull, onCancel }: BodyOptions = {},
): ReadableStream<Uint8Array> {
  let taken = 0;
  return new ReadableStream({
    pull(controller) {
      const piece = pieces[taken];
      if (piece !== undefined) {
        taken++;
        onPull?.(taken);
        const isText = typeof piece === "string";
        controller.enqueue(isText ? new TextEncoder().encode(piece) : piece);
      } else if (breaks) {
        controller.error(new TypeError("the connection is gone"));
      } else if (!hangs) {
        controller.close();
      } else {
        return new Promise(() => {});
      }
    },
    cancel: () => onCancel?.(),
  }, { highWaterMark: 0 });
}

/** A reply with status 200 that is an event stream of `pieces`. */
export function eventStream(
  pieces: readonly string[],
  options: BodyOptions = {},
): Response {
  return new Response(bodyOf(pieces, options), {
    headers: { "content-type": "text/event-stream; charset=utf-8" },
  });
}

/** An event with `data`. */
export function event(data: string): string {
  return `data: ${data}\n\n`;
}

/** The data of a chunk of an answer. */
export function chunk(delta: object): string {
  return JSON.stringify({
    id: "a",
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, finish_reason: null }],
  });
}
