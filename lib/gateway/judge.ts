import {
  classifyError,
  type ClassifyOptions,
  type Verdict,
} from "../verdict/classify.ts";
import { parseRetryAfter } from "../verdict/retry_at.ts";
import type { ByteSource } from "../system/byte_source.ts";
import type { Reply } from "../system/network.ts";
import { realSystem, type System } from "../system/system.ts";
import { readBeginning } from "./beginning.ts";
import { concealed } from "./conceal.ts";
import { isEventStream, isJson } from "./headers.ts";
import {
  type Judge,
  type Judged,
  judged,
  judgedAnswer,
  textOf,
  withOtherBody,
} from "./judged.ts";
import { judgeStream } from "./judge_stream.ts";
import { isSuccess } from "./reply.ts";
import { policyOf } from "../verdict/policy.ts";
import { openaiChat } from "./wire/openai_chat.ts";
import type { Wire } from "./wire/wire.ts";

/** How to judge. */
export interface JudgeOptions extends Omit<ClassifyOptions, "now"> {
  /** The format of the reply. @default openaiChat */
  wire?: Wire | undefined;
  /** The key or token of the account, which must not be passed on. */
  secret?: string | undefined;
  /** The model that was requested. */
  model?: string | undefined;
  /** The longest time to hold a reply, milliseconds. @default 10_000 */
  holdMs?: number | undefined;
  /**
   * The same for a reply whose status alone says to ask another account.
   *
   * @default 900
   */
  refusalHoldMs?: number | undefined;
  /** The most bytes of an event stream to hold. @default 262_144 */
  holdBytes?: number | undefined;
  /** The most bytes of any other reply to hold. @default 65_536 */
  errorBytes?: number | undefined;
  /** The clock. */
  system?: Pick<System, "now" | "sleep"> | undefined;
}

/**
 * Decides what a reply means, and holds it until that is known: an error until
 * it is complete, an event stream until the first event with part of an answer.
 * A reply that exceeds a limit is passed on.
 *
 * @throws The error of a successful reply's body while it was held.
 */
export async function judgeReply(
  response: Reply,
  options: JudgeOptions = {},
): Promise<Judged> {
  const {
    model,
    wire = openaiChat,
    secret = "",
    holdMs: maxMs = 10_000,
    refusalHoldMs = 900,
    holdBytes = 256 * 1024,
    errorBytes = 64 * 1024,
    system = realSystem,
    ...classifying
  } = options;
  const { status, headers, body } = response;
  const judge: Judge = {
    classify: (error) =>
      classifyError({ ...error, model }, {
        ...classifying,
        now: system.now(),
      }),
    limits: { maxBytes: errorBytes, maxMs, system },
    wire,
    secret,
  };
  if (status >= 400) {
    const limits = CLEAR_STATUSES.has(status)
      ? { ...judge.limits, maxMs: Math.min(refusalHoldMs, maxMs) }
      : judge.limits;
    const { verdict, ...rest } = await judgeError(response, {
      ...judge,
      limits,
    });
    return { verdict: withPace(verdict, headers, system.now()), ...rest };
  }
  if (!isSuccess(response) || !body) return judged(response);
  if (isEventStream(headers)) {
    const limits = { ...judge.limits, maxBytes: holdBytes };
    return await judgeStream(response, body, { ...judge, limits });
  }
  if (isJson(headers)) return await judgeJson(response, body, judge);
  return judged(response);
}

/** Statuses for "out of quota" and "rate-limited". */
const CLEAR_STATUSES = new Set([402, 429]);

async function judgeError(
  response: Reply,
  { classify, limits, wire, secret }: Judge,
): Promise<Judged> {
  const { status, headers, body } = response;
  const read = body &&
    await readBeginning(concealed(body, secret), () => false, limits);
  const text = textOf(read?.chunks ?? [], limits.maxBytes);
  const verdict = classify(wire.parseReply({ status, headers, text }));
  return judged(read ? withOtherBody(response, read) : response, verdict);
}

/**
 * Applies `retry-after-ms`, which Azure sends and the agent obeys. It says how
 * to pace requests, not when a quota resets.
 */
export function withPace(
  verdict: Verdict | undefined,
  headers: Headers,
  now: number,
): Verdict | undefined {
  const ms = headers.get("retry-after-ms");
  const isPaced = verdict && policyOf(verdict).move === "wait";
  if (ms === null || !isPaced || verdict.retryAt) return verdict;
  const retryAt = parseRetryAfter(`${ms.trim()} ms`, now);
  return retryAt === undefined ? verdict : { ...verdict, retryAt };
}

async function judgeJson(
  response: Reply,
  body: ByteSource,
  { classify, limits, wire, secret }: Judge,
): Promise<Judged> {
  const decoder = new TextDecoder();
  let text = "";
  let isAnswer = false;
  const read = await readBeginning(body, (chunk) => {
    text += decoder.decode(chunk, { stream: true });
    isAnswer = wire.beginsAnswer(text);
    return isAnswer;
  }, limits);
  if (read.end === "broken") throw read.reason;
  const isJudged = read.end === "ended" && !isAnswer;
  const error = isJudged ? wire.parseDocument(text) : undefined;
  if (!error) return judgedAnswer(response, read);
  const whole = await readBeginning(
    concealed(read.whole(), secret),
    () => false,
    limits,
  );
  return judged(withOtherBody(response, whole), classify(error));
}
