import type { ApiError } from "../verdict/api_error.ts";
import type { Verdict } from "../verdict/classify.ts";
import type { Beginning, ReadBeginningOptions, Watch } from "./beginning.ts";

/** A reply, and what it means. */
export interface Judged {
  /**
   * What it means, as far as nothing of an answer was passed on; `undefined`
   * for an answer, and for an error of no known kind.
   */
  verdict: Verdict | undefined;
  /**
   * The reply to pass on, every byte as it came. Cancel its body where it is
   * not passed on.
   */
  response: Response;
  /**
   * What an error event means that comes after the beginning of an answer, told
   * before that event is passed on, or that the answer broke off; `undefined`
   * when the reply has ended or been cancelled without either. Never rejects.
   * Waits for as long as nobody reads the reply.
   */
  later: Promise<Verdict | undefined>;
  /**
   * Decides what an error event means; only for a stream that goes on without
   * anything of an answer so far, whose failure is not told by `later`.
   */
  classify?: Judge["classify"] | undefined;
  /** Whether the account took too long to begin an answer. @default no */
  isSlow?: boolean | undefined;
}

/** What each way to judge is given. */
export interface Judge {
  /** Decides what an error means. */
  classify: (error: ApiError) => Verdict | undefined;
  /** How much to hold. */
  limits: ReadBeginningOptions;
  /** The key or token of the account, or an empty text. */
  secret: string;
}

/** Returns `response` with its body as it was before its beginning was read. */
export function withBody(
  { status, statusText, headers }: Response,
  read: Beginning,
  watch?: Watch,
): Response {
  return new Response(read.whole(watch), { status, statusText, headers });
}

/** Returns `response` with the body that `read` is the beginning of. */
export function withOtherBody(
  response: Response,
  read: Beginning,
  watch?: Watch,
): Response {
  const other = withBody(response, read, watch);
  if (!other.headers.has("content-length")) return other;
  if (read.end === "ended") {
    const length = read.chunks.reduce((sum, it) => sum + it.length, 0);
    other.headers.set("content-length", `${length}`);
  } else {
    other.headers.delete("content-length");
  }
  return other;
}

/** What it means that an answer ends in the middle. */
export const BROKEN_OFF: Verdict = {
  kind: "transient",
  evidence: "the connection was cut in the middle of an answer",
};

/** Returns an answer of which no more is to be learnt than whether it breaks. */
export function judgedAnswer(response: Response, read: Beginning): Judged {
  const { promise, resolve } = Promise.withResolvers<Verdict | undefined>();
  const watch = {
    onChunk() {},
    onEnd: (hasBroken: boolean) => resolve(hasBroken ? BROKEN_OFF : undefined),
  };
  const passed = withBody(response, read, watch);
  return { verdict: undefined, response: passed, later: promise };
}

/** Returns a reply that nothing more is to be learnt of. */
export function judged(response: Response, verdict?: Verdict): Judged {
  return { verdict, response, later: Promise.resolve(undefined) };
}

/** Returns the text in the first `length` bytes or so of `chunks`. */
export function textOf(chunks: readonly Uint8Array[], length: number): string {
  const decoder = new TextDecoder();
  const parts = chunks.map((it) => decoder.decode(it, { stream: true }));
  return (parts.join("") + decoder.decode()).slice(0, length);
}
