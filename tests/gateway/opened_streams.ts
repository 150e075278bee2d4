import { startRawUpstream, type TestUpstream } from "../support/upstream.ts";
import {
  ask,
  gatewayTo,
  STREAM_HEAD,
  type TestGateway,
} from "./raw_gateway.ts";

/**
 * A part of an event stream. `HOLD` waits until a gateway has stopped holding
 * it.
 */
export type StreamPart = string | Uint8Array | typeof HOLD | typeof BREAK;

/** Waits until the test has received everything that was sent before. */
export const HOLD = Symbol("hold");
/** Closes the connection in the middle of the reply. */
export const BREAK = Symbol("break");

/** A service whose streams a test can pause. */
export interface OpenedUpstream extends TestUpstream {
  /** Continues the stream. */
  goOn(): void;
}

/** Starts a service that sends `parts` as the events of each reply. */
export function streams(
  parts: readonly StreamPart[],
  head = STREAM_HEAD,
): OpenedUpstream {
  const gate = Promise.withResolvers<void>();
  const upstream = startRawUpstream(async (connection) => {
    await connection.write(head);
    for (const part of parts) {
      if (part === BREAK) return;
      if (part === HOLD) {
        await gate.promise;
        continue;
      }
      const bytes = typeof part === "string"
        ? new TextEncoder().encode(part)
        : part;
      await connection.write(`${bytes.length.toString(16)}\r\n`);
      await connection.write(bytes);
      await connection.write("\r\n");
    }
    await connection.write("0\r\n\r\n");
  });
  return { ...upstream, goOn: gate.resolve };
}

/** A reply that a gateway has begun to pass on. */
export interface OpenedReply extends TestGateway {
  /** The reply. */
  response: Response;
  /** The text that was passed on so far. */
  opening: string;
  /** The rest, as it arrives; fails if the reply breaks. */
  rest(onText?: (soFar: string) => void): Promise<string>;
  /** Reads the rest. */
  reader: ReadableStreamDefaultReader<Uint8Array>;
}

/**
 * Sends a request to a gateway for `upstreams`, the first of which sends
 * `opening` and waits. Returns once the gateway has passed that on, and lets
 * the first one continue.
 */
export async function openReply(
  [first, ...others]: readonly [OpenedUpstream, ...TestUpstream[]],
  opening: string,
): Promise<OpenedReply> {
  const stage = gatewayTo([first, ...others]);
  const answer = stage.gateway.fetch(ask());
  const response = await passingHolds(stage, answer);
  const reader = response.body?.getReader();
  if (!reader) throw new TypeError("Cannot read the reply: it has no body");
  const decoder = new TextDecoder();
  let text = "";
  while (text.length < opening.length) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  first.goOn();
  return {
    ...stage,
    response,
    opening: text,
    reader,
    async rest(onText = () => {}) {
      let rest = "";
      while (true) {
        const { done, value } = await passingHolds(stage, reader.read());
        if (done) return rest;
        rest += decoder.decode(value, { stream: true });
        onText(rest);
      }
    },
  };
}

/** Ends each hold of a reply at once until `work` is done. */
async function passingHolds<T>(
  { system }: TestGateway,
  work: Promise<T>,
): Promise<T> {
  let isDone = false;
  const done = () => void (isDone = true);
  work.then(done, done);
  const deadline = performance.now() + 60_000;
  while (!isDone && performance.now() < deadline) {
    system.passLimit(10_000);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  if (!isDone) throw new Error("Nothing came for a minute");
  return await work;
}
