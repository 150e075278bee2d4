import type { ClassifyOptions, Verdict } from "../verdict/classify.ts";
import { KIND } from "../verdict/policy.ts";
import type { UsageSink } from "../quota/types.ts";
import type { System } from "../system/system.ts";
import { errorReply } from "./error_reply.ts";
import { isSlowStart } from "./first_byte.ts";
import { judgeReply } from "./judge.ts";
import { type Judged, judged as asJudged } from "./judged.ts";
import type { Upstream } from "../accounts/pool/upstream.ts";
import { RequestCount } from "./request_count.ts";
import { ask, type AskOptions, type Call, unreachable } from "./upstream.ts";
import { withUsage } from "./usage.ts";
import type { Usage, Wire } from "./wire/wire.ts";

/** How to send a request to an account and judge the reply. */
export interface AskAndJudgeOptions extends AskOptions {
  /** What verdicts depend on besides the error and the service. */
  classifying: ClassifyOptions;
  /** Called with the tokens that an account has counted. @default none */
  onUsage?: ((used: AccountUsage) => void) | undefined;
  /** Records what each account does. @default nothing is recorded */
  sink?: UsageSink | undefined;
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
  const address = options.addresses.at(upstream.baseUrl);
  const counts = address.countsStreams;
  if (!call.lacksUsage || counts !== false) {
    const judged = await askOnce(call, upstream, options);
    if (!call.lacksUsage || counts) return judged;
    if (!mayMeanTheMember(judged)) {
      if (!judged.verdict) address.countsStreams = true;
      return judged;
    }
    judged.response.body?.cancel().catch(() => {}); // it may have failed already
  }
  const judged = await askOnce(
    { ...call, lacksUsage: false },
    upstream,
    options,
  );
  if (!judged.verdict) address.countsStreams = false;
  return judged;
}

/** Whether the service may have refused the member that we have added. */
function mayMeanTheMember({ response, verdict }: Judged): boolean {
  return verdict?.kind === KIND.client && MAY_REFUSE.has(response.status) &&
    !/\bmodel\b/i.test(verdict.evidence);
}

/** The statuses for a member of the request that the service does not know. */
const MAY_REFUSE = new Set([400, 422]);

async function askOnce(
  call: Call,
  upstream: Upstream,
  options: AskAndJudgeOptions,
): Promise<Judged> {
  const { classifying, onUsage, sink, system } = options;
  const { account } = upstream;
  const address = options.addresses.at(upstream.baseUrl);
  const { wire } = call;
  const model = call.model && upstream.modelFor(call.model);
  const count = sink && new RequestCount({ account, model, sink, system });
  const judged = await askAndRead();
  return count ? count.judged(judged) : judged;

  async function askAndRead(): Promise<Judged> {
    const { response, failure, isSlow } = await ask(call, upstream, options);
    if (failure) return { ...asJudged(response, failure), isSlow };
    count?.received(response.headers);
    const read = onUsage || count
      ? withUsage(response, {
        wire,
        onUsage(usage) {
          onUsage?.({ account, model, ...usage });
          count?.used(usage);
        },
        onCut() {
          if (!call.signal.aborted) count?.wasCut();
        },
        hidesExtra: call.lacksUsage,
      })
      : response;
    try {
      return await judgeReply(read, {
        ...classifying,
        host: address.host,
        service: "service" in upstream ? upstream.service : address.service,
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
}

/** Returns the reply for a response that broke before the answer began. */
export function cutOff(
  error: unknown,
  { upstream, wire }: { upstream: Upstream; wire: Wire },
): Judged {
  const isSlow = isSlowStart(error);
  const reason = isSlow ? error.message : "the connection was cut";
  const { response, failure } = unreachable({ upstream, wire, reason });
  return { ...asJudged(response, failure), isSlow };
}

/** Returns an error event as a reply. */
export function refusal(wire: Wire, verdict: Verdict): Judged {
  const { evidence: message, kind } = verdict;
  const fault = "failed-stream";
  return asJudged(errorReply(wire, { fault, message, kind }), verdict);
}
