import { API_PRESETS, serviceAt } from "../../agents/presets.ts";
import { withPace } from "../../gateway/judge.ts";
import { WIRES } from "../../gateway/wire/wires.ts";
import type { WireName } from "../../agents/formats.ts";
import { cooldownAfter } from "../../ledger/cooldown.ts";
import type { ResetSource } from "../../readiness.ts";
import type { CallSettings } from "../../run/call_options.ts";
import type { ApiError } from "../../verdict/api_error.ts";
import {
  classifyError,
  type Decision,
  findDecision,
  type Verdict,
} from "../../verdict/classify.ts";
import { type Move, nextMove, NO_PAST } from "../../verdict/next_move.ts";
import { policyOf } from "../../verdict/policy.ts";
import { statusIn } from "../../verdict/signal.ts";

/** An error as a service, or an agent, may report it. */
interface Sample {
  /** The HTTP status; `undefined` for what an agent prints. */
  status: number | undefined;
  headers: Headers;
  /** The body of the reply, or the line of the agent. */
  text: string;
  /** The name, the host or the address of the service. @default unknown */
  service: string | undefined;
  /** The model that was requested. @default unknown */
  model: string | undefined;
  wire: WireName;
}

/** What account-qwen would do about a {@linkcode Sample}. */
export interface DryRun {
  /** Whether the sample is an answer, which no rule is asked about. */
  isAnswer: boolean;
  /** The rule that matches; `undefined` if none does. */
  decision: Decision | undefined;
  /** What the error means; `undefined` if nobody knows. */
  verdict: Verdict | undefined;
  /**
   * The cooldown of the account; `undefined` if it gets none. Its end is in epoch
   * milliseconds, its source is who named that.
   */
  cooldown:
    | { until: number; source: ResetSource; probeEveryMs: number | undefined }
    | undefined;
  /** What comes next; for a request through the gateway with a key. */
  move: Move;
}

/** Decides what would happen after `sample` at `now`. Sends nothing. */
export function dryRun(
  sample: Sample,
  { now, settings }: { now: number; settings: CallSettings },
): DryRun {
  const error = errorIn(sample);
  const nothing = {
    decision: undefined,
    verdict: undefined,
    cooldown: undefined,
  };
  if (!error) return { isAnswer: true, ...nothing, move: { do: "pass" } };
  const { quotaPatterns, rules } = settings;
  const options = { ...addressOf(sample), now, quotaPatterns, rules };
  const asked = { ...error, model: error.model ?? sample.model };
  const decision = findDecision(asked, options);
  const verdict = withPace(classifyError(asked, options), sample.headers, now);
  const move = nextMove(verdict, {
    canRenew: false,
    retriesItself: false,
    hasAskedOthers: false,
    mayRepeat: true,
    canResume: false,
    now,
    shortPauseMs: settings.shortPauseMs,
    pauseFor: () =>
      settings.backoff.isForGateway ? settings.backoff.baseMs : FIRST_PAUSE_MS,
  }, NO_PAST);
  const rests = move.do === "leave" && verdict && policyOf(verdict).coolsDown;
  if (!rests) return { isAnswer: false, ...nothing, decision, verdict, move };
  const { limits } = settings;
  const { until, rule, isGuess, probeEveryMs } = cooldownAfter(
    verdict,
    undefined,
    { now, random: 0, limits },
  );
  const guessed = isGuess ? "guess" : "provider";
  const source = rule === undefined ? guessed : "user";
  const cooldown = { until, source, probeEveryMs } as const;
  return { isAnswer: false, decision, verdict, cooldown, move };
}

/** The first pause of the gateway while a service is broken. */
const FIRST_PAUSE_MS = 500;

/** Returns the error in a sample; `undefined` if it is an answer. */
function errorIn(
  { status, headers, text, wire }: Sample,
): ApiError | undefined {
  if (status === undefined) {
    const message = text.trim();
    return { source: "stderr", status: statusIn(message), code: "", message };
  }
  return status >= 400
    ? WIRES[wire].parseReply({ status, headers, text })
    : WIRES[wire].parseDocument(text);
}

function addressOf({ service: given }: Sample) {
  if (given === undefined) return {};
  const preset = API_PRESETS.find((it) => it.name === given);
  const address = preset?.baseUrl ?? given;
  const url = /^https?:/i.test(address) ? address : `https://${address}`;
  return {
    service: preset ?? serviceAt(address) ?? { name: given.toLowerCase() },
    host: URL.parse(url)?.hostname,
  };
}
