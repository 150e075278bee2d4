import type { Verdict } from "../verdict/classify.ts";
import type { System } from "../system/system.ts";
import type { Attempt } from "./attempt.ts";
import { blamesAccount, policyOf } from "../verdict/policy.ts";

/** Whether to rerun a prompt after a run that used tools. */
export type RerunName =
  /** Only if no tool was run, as far as is known. */
  | "safe"
  /** Always. */
  | "always"
  /** Never, tools or not. */
  | "never";

/** Stands for a key that does not belong to an account; accounts start at 1. */
export const NO_ACCOUNT = 0;

/** An account that a call has tried, and the verdict. */
export interface Tried {
  /** The account. */
  account: number;
  /** How the run ended. */
  verdict: Verdict;
  /** The label, set only if the call failed, for the message. */
  label?: string | undefined;
}

/** What the next step of a call depends on. */
export interface StepOptions {
  /** The most switches to another account. */
  maxRetries: number;
  /** Whether to rerun a prompt that has used tools. */
  rerun: RerunName;
  /** The longest throttle to wait for, milliseconds. */
  shortPauseMs: number;
  /** How to retry if the service is broken. */
  backoff: Backoff;
  /** Whether a disturbed run may be restarted. @default false */
  mayRestart?: boolean;
  /** The clock. */
  system: System;
}

/** What to do after a run, and what to say about its account. */
export type Step =
  /** Return the result. */
  | { action: "finish"; says?: string }
  /** Activate another account for the next call, and return the result. */
  | { action: "leave"; says: string }
  /** The same, because enough accounts were tried. */
  | { action: "stop"; says: string }
  /** Rerun the prompt with another account. */
  | { action: "next"; says: string }
  /**
   * The same, but with an account of another service. If the account may not
   * make this request, use one with another model or address. If there is none,
   * return the result.
   */
  | { action: "elsewhere"; says: string }
  /** Restart with whichever account is the right one now. */
  | { action: "restart"; says: string }
  /** Rerun the prompt with the same account. */
  | { action: "again"; says: string; afterMs: number };

/** Says what is wrong with an account; completes "account 1 ...". */
export function describeTrouble(verdict: Verdict): string {
  const why = verdict.evidence ? ` (${verdict.evidence})` : "";
  return `${policyOf(verdict).words}${why}`;
}

/**
 * Decides what to do after a run, the last one in `tried`. If the login was
 * dead or its kind ended, the prompt was never sent.
 */
export function nextStep(
  { run, verdict, tools, account, isOnLink = false, isDisturbed }: Attempt & {
    account: number;
    isOnLink?: boolean;
    isDisturbed?: boolean | undefined;
  },
  tried: readonly Tried[],
  options: StepOptions,
): Step {
  const { blames, isUnsent, state } = policyOf(verdict);
  if (blames === "nothing" || run.interruptedBy) return { action: "finish" };
  if (state === "login-needed" && isDisturbed && options.mayRestart) {
    return restart(tools, options);
  }
  if (concernsAccount(verdict, tried)) {
    const says = describeTrouble(verdict);
    const obstacle = rerunObstacle(tools, options.rerun);
    return obstacle
      ? { action: "finish", says: `${says}; not rerun: ${obstacle}` }
      : { action: "elsewhere", says };
  }
  const runs = tried.filter((it) => it.account === account).length;
  const afterMs = pauseFor({ run, verdict }, runs, options);
  // The gateway has already asked another account.
  const isUnreachable = blames === "service" && isOnLink;
  if (!blamesAccount(verdict) && afterMs === undefined && !isUnreachable) {
    return { action: "finish" };
  }
  const says = describeTrouble(verdict);
  const obstacle = isUnsent ? undefined : rerunObstacle(tools, options.rerun);
  if (afterMs !== undefined) {
    return obstacle
      ? { action: "finish", says: `${says}; not rerun: ${obstacle}` }
      : {
        action: "again",
        says: `${says}: retrying in ${(afterMs / 1000).toFixed(1)} s`,
        afterMs,
      };
  }
  const others = new Set(tried.map((it) => it.account)).size;
  if (isUnreachable) {
    return obstacle || others > options.maxRetries
      ? { action: "finish" }
      : { action: "elsewhere", says };
  }
  if (obstacle) {
    return { action: "leave", says: `${says}; not rerun: ${obstacle}` };
  }
  const action = others > options.maxRetries ? "stop" : "next";
  return { action, says };
}

/** Whether one other account may be tried because this one was refused. */
function concernsAccount({ scope }: Verdict, tried: readonly Tried[]): boolean {
  const refused = tried.filter((it) => it.verdict.scope === "account");
  return scope === "account" && refused.length === 1;
}

/** Decides what to do after a dead login that may not be the account's. */
function restart(
  tools: readonly string[] | undefined,
  { rerun }: StepOptions,
): Step {
  // No log means that no tool was run.
  const obstacle = rerunObstacle(tools ?? [], rerun);
  return obstacle
    ? { action: "finish", says: `${DISTURBED}; not rerun: ${obstacle}` }
    : { action: "restart", says: `${DISTURBED}: rerunning the prompt` };
}

/** Completes "account 1 ...". */
const DISTURBED = "has a login that qwen did not find";

/**
 * Returns the pause before a retry with the same account; `undefined` for no
 * retry. A throttle that outlasted an early end has lasted long enough.
 */
function pauseFor(
  { run, verdict }: Pick<Attempt, "run" | "verdict">,
  runs: number,
  { backoff, shortPauseMs, system }: StepOptions,
): number | undefined {
  const { move } = policyOf(verdict);
  if (move === "retry") return pauseBefore(runs, backoff, Math.random());
  const isOver = runs > 1 || run.endedEarly;
  const { retryAt } = verdict;
  if (move !== "wait" || retryAt === undefined || isOver) return undefined;
  const pauseMs = Math.max(retryAt - system.now(), 0);
  return pauseMs <= shortPauseMs ? pauseMs : undefined;
}

/** Returns why the prompt must not be rerun; `undefined` if it may. */
function rerunObstacle(
  tools: readonly string[] | undefined,
  rerun: RerunName,
): string | undefined {
  if (rerun === "never") return "--rerun is never";
  if (rerun === "always" || tools?.length === 0) return undefined;
  if (!tools) return "it may have run tools; --rerun=always reruns it";
  const names = [...new Set(tools)].join(", ");
  return `it has run tools (${names}); --rerun=always reruns it`;
}

/** How to space retries with the same account while the service is broken. */
export type BackoffName = "none" | "constant" | "exponential";

/** How long to wait between retries, and how many to make. */
export interface Backoff {
  /** How to space the retries. @default "none", which makes no retry */
  name: BackoffName;
  /** The first pause, milliseconds. */
  baseMs: number;
  /** The longest pause, milliseconds. */
  capMs: number;
  /** The most retries. */
  attempts: number;
}

/** No retry. */
export const NO_BACKOFF: Backoff = {
  name: "none",
  baseMs: 1_000,
  capMs: 30_000,
  attempts: 3,
};

/**
 * Returns the pause before retry `attempt`, counted from 1, in milliseconds;
 * `undefined` if there is no such retry. Exponential pauses are random between
 * 0 and the full length ("full jitter"), so that many callers do not retry at
 * once.
 */
export function pauseBefore(
  attempt: number,
  { name, baseMs, capMs, attempts }: Backoff,
  random: number,
): number | undefined {
  if (name === "none" || attempt > attempts) return undefined;
  if (name === "constant") return Math.min(baseMs, capMs);
  return random * Math.min(baseMs * 2 ** Math.min(attempt - 1, 30), capMs);
}
