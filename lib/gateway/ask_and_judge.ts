import { serviceAt } from "../agents/presets.ts";
import type { Verdict } from "../verdict/classify.ts";
import type { System } from "../system/system.ts";
import { errorReply } from "./error_reply.ts";
import { isSlowStart } from "./first_byte.ts";
import { type JudgeOptions, judgeReply } from "./judge.ts";
import { type Judged, judged } from "./judged.ts";
import type { Upstream } from "../accounts/pool/upstream.ts";
import { ask, type AskOptions, type Call, unreachable } from "./upstream.ts";
import { withUsage } from "./usage.ts";
import type { Usage, Wire } from "./wire/wire.ts";

/** How to send a request to an account and judge the reply. */
export interface AskAndJudgeOptions
  extends
    AskOptions,
    Pick<JudgeOptions, "quotaPatterns" | "dayBeginsMs" | "rules"> {
  /** Called with the tokens that an account has counted. @default none */
  onUsage?: ((used: AccountUsage) => void) | undefined;
  /** The clock and the network. */
  system: Pick<System, "now" | "sleep" | "fetch">;
}

/** The tokens of one answer. */
export interface AccountUsage extends Usage {
  /** The account. */
  account: number;
  /** The model that the account was asked for, if the request names one. */
  model: string | undefined;
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
  const { quotaPatterns, dayBeginsMs, rules, onUsage, system } = options;
  const { account } = upstream;
  const { wire } = call;
  const model = call.model && upstream.modelFor(call.model);
  const read = onUsage
    ? withUsage(response, {
      wire,
      onUsage: (usage) => onUsage({ account, model, ...usage }),
    })
    : response;
  try {
    return await judgeReply(read, {
      quotaPatterns,
      dayBeginsMs,
      rules,
      host: URL.parse(upstream.baseUrl)?.hostname,
      service: "service" in upstream
        ? upstream.service
        : serviceAt(upstream.baseUrl),
      wire,
      secret: upstream.secret,
      model,
      system,
    });
  } catch (error) {
    call.signal.throwIfAborted();
    return cutOff(error, { upstream, wire });
  }
}

/** Returns the reply for a response that broke before the answer began. */
export function cutOff(
  error: unknown,
  { upstream, wire }: { upstream: Upstream; wire: Wire },
): Judged {
  const isSlow = isSlowStart(error);
  const reason = isSlow ? error.message : "the connection was cut";
  const { response, failure } = unreachable({ upstream, wire, reason });
  return { ...judged(response, failure), isSlow };
}

/** Returns an error event as a reply. */
export function refusal(wire: Wire, verdict: Verdict): Judged {
  const { evidence: message, kind } = verdict;
  const fault = "failed-stream";
  return judged(errorReply(wire, { fault, message, kind }), verdict);
}
