import type { ApiError } from "../verdict/api_error.ts";
import type { Verdict } from "../verdict/classify.ts";
import type { Beginning, ReadBeginningOptions, Watch } from "./beginning.ts";
import type { Reply } from "../system/network.ts";
import { KIND } from "../verdict/policy.ts";
import type { Wire } from "./wire/wire.ts";

/** A reply, and what it means. */
export interface Judged {
  /**
   * The meaning, as long as no part of an answer was passed on; `undefined` for
   * an answer, and for an unknown kind of error.
   */
  verdict: Verdict | undefined;
  /**
   * The reply to pass on, unchanged. Cancel its body if it is not passed on.
   */
  response: Reply;
  /**
   * The meaning of an error event, or of a cut-off, after the beginning of an
   * answer. Resolves before the event is passed on, or with `undefined` if the
   * reply ended or was canceled without either. Never rejects. Stays pending as
   * long as nobody reads the reply.
   */
  later: Promise<Verdict | undefined>;
  /**
   * Classifies an error event. Set only for a stream that has not begun an
   * answer; `later` does not report its failures.
   */
  classify?: Judge["classify"] | undefined;
  /** Whether the account took too long to begin an answer. @default false */
  isSlow?: boolean | undefined;
}

/** What every way of judging needs. */
export interface Judge {
  /** Classifies an error. */
  classify: (error: ApiError) => Verdict | undefined;
  /** How much of a reply to hold, and for how long. */
  limits: ReadBeginningOptions;
  /** The format of the reply. */
  wire: Wire;
  /** The key or token of the account, or an empty string. */
  secret: string;
}

/** Returns `response` with its original body, after its beginning was read. */
export function withBody(
  { status, headers }: Reply,
  read: Beginning,
  watch?: Watch,
): Reply {
  return { status, headers, body: read.whole(watch) };
}

/** Returns `response` with the changed body that `read` is the beginning of. */
export function withOtherBody(
  response: Reply,
  read: Beginning,
  watch?: Watch,
): Reply {
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

/** The verdict on an answer that was cut off. */
export const CUT_OFF: Verdict = {
  kind: KIND.transient,
  evidence: "the connection was cut in the middle of an answer",
};

/** Returns an answer whose only possible failure is a cut-off. */
export function judgedAnswer(response: Reply, read: Beginning): Judged {
  const { promise, resolve } = Promise.withResolvers<Verdict | undefined>();
  const watch = {
    onChunk() {},
    onEnd: (hasBroken: boolean) => resolve(hasBroken ? CUT_OFF : undefined),
  };
  const passed = withBody(response, read, watch);
  return { verdict: undefined, response: passed, later: promise };
}

/** Returns a reply that needs no further inspection. */
export function judged(response: Reply, verdict?: Verdict): Judged {
  return { verdict, response, later: Promise.resolve(undefined) };
}

/** Returns about the first `length` characters of `chunks`. */
export function textOf(chunks: readonly Uint8Array[], length: number): string {
  const decoder = new TextDecoder();
  const parts = chunks.map((it) => decoder.decode(it, { stream: true }));
  return (parts.join("") + decoder.decode()).slice(0, length);
}
