import { CHECKOUT } from "./checkout.ts";

/** What the server sent in a run of the real `qwen` that was captured. */
export type CapturedReply =
  | { status: number; headers?: Record<string, string>; body: unknown }
  /** An event stream, and whether it broke. */
  | { sse: string[]; thenDestroy?: boolean };

/** Reads the replies of the captured runs, each one once, by its run. */
export async function readReplies(): Promise<Record<string, CapturedReply>> {
  return JSON.parse(
    await Deno.readTextFile(`${CHECKOUT}/tests/testdata/replies.json`),
  );
}

/** The response that carries `reply`, its body in pieces that `cut` makes. */
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

/** What {@linkcode bodyOf} gives after the pieces. */
export interface BodyOptions {
  /** Whether it breaks then. */
  breaks?: boolean | undefined;
  /** Whether it goes on for ever, without a further word. */
  hangs?: boolean | undefined;
  /** Hears how many pieces were taken so far. */
  onPull?: ((taken: number) => void) | undefined;
  /** Hears that it was cancelled. */
  onCancel?: (() => void) | undefined;
}

/** A body that gives `pieces` as they are asked for. */
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
