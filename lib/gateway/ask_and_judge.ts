import { serviceAt } from "../agents/presets.ts";
import type { Verdict } from "../verdict/classify.ts";
import type { System } from "../system/system.ts";
import { errorReply } from "./error_reply.ts";
import { isSlowStart } from "./first_byte.ts";
import { type JudgeOptions, judgeReply } from "./judge.ts";
import { type Judged, judged } from "./judged.ts";
import type { Upstream } from "./pool.ts";
import { ask, type AskOptions, type Call, unreachable } from "./upstream.ts";

/** How to send a request to an account and judge the reply. */
export interface AskAndJudgeOptions
  extends AskOptions, Pick<JudgeOptions, "quotaPatterns" | "dayBeginsMs"> {
  /** The clock and the network. */
  system: Pick<System, "now" | "sleep" | "fetch">;
}

/**
 * Sends `call` to the account `upstream` and holds the reply until its meaning
 * is known.
 *
 * @throws The reason of the call's signal, if the client has disconnected.
 */
export async function askAndJudge(
  call: Call,
  upstream: Upstream,
  options: AskAndJudgeOptions,
): Promise<Judged> {
  const { response, failure, isSlow } = await ask(call, upstream, options);
  if (failure) return { ...judged(response, failure), isSlow };
  const { quotaPatterns, dayBeginsMs, system } = options;
  const { model } = call;
  try {
    return await judgeReply(response, {
      quotaPatterns,
      dayBeginsMs,
      service: upstream.service ?? serviceAt(upstream.baseUrl),
      secret: upstream.secret,
      model: model === undefined ? undefined : upstream.modelFor(model),
      system,
    });
  } catch (error) {
    call.signal.throwIfAborted();
    return cutOff(upstream, error);
  }
}

/** Returns the reply for a response that broke before the answer began. */
export function cutOff(upstream: Upstream, error: unknown): Judged {
  const isSlow = isSlowStart(error);
  const reason = isSlow ? error.message : "the connection was cut";
  const { response, failure } = unreachable(upstream, reason);
  return { ...judged(response, failure), isSlow };
}

/** Returns an error event as a reply. */
export function refusal(verdict: Verdict): Judged {
  const { evidence: message, kind: type } = verdict;
  return judged(errorReply({ status: 502, message, type }), verdict);
}
