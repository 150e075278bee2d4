import type { Verdict } from "../verdict/classify.ts";
import type { System } from "../system/system.ts";
import type { Attempt } from "./attempt.ts";
import { nextMove, type Past, type Unit } from "../verdict/next_move.ts";
import { blamesAccount, policyOf, waitOf } from "../verdict/policy.ts";
import type { AccountKind } from "../vault/account_name.ts";

/**
 * Whether to continue with another account after a run that got an answer or
 * used tools. The session is resumed if the agent can do that.
 */
export type RerunName =
  /**
   * Resume the session; if that is impossible, rerun the prompt only if no tool
   * was run, as far as is known.
   */
  | "safe"
  /** Resume the session; if that is impossible, rerun the prompt. */
  | "always"
  /** Neither, tools or not. */
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

/** One run of the agent, with the accounts that it used. */
export interface AccountAttempt extends Attempt {
  /** The account that the verdict concerns. */
  account: number;
  /** The kind of that account. */
  kind: AccountKind;
  /** The accounts that were tried; that account is the last. */
  tried: readonly Tried[];
  /** Whether the agent ran without a gateway. @default false */
  isOnLink?: boolean;
  /** Whether the user already knows that another account replaced this one. */
  isAnnounced?: boolean;
  /** Overrides how patient to be. */
  patience?: Partial<StepOptions>;
}

/** What the next step of a call depends on. */
export interface StepOptions {
  /** The most switches to another account. */
  maxRetries: number;
  /** Whether to resume a session, or rerun a prompt that has used tools. */
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

/**
 * What to do after a run, and what to say about its account. "Rerun" means that
 * the next run continues the session of this one if `resumes` is set, and else
 * that it gets the prompt.
 */
export type Step =
  /** Return the result. */
  | { action: "finish"; says?: string }
  /** Activate another account for the next call, and return the result. */
  | { action: "leave"; says: string }
  /** The same, because enough accounts were tried. */
  | { action: "stop"; says: string }
  /** Rerun the prompt with another account. */
  | { action: "next"; says: string; resumes: boolean }
  /**
   * The same, but with an account of another service. If the account may not
   * make this request, use one with another model or address. If there is none,
   * return the result.
   */
  | { action: "elsewhere"; says: string; resumes: boolean }
  /** Rerun with whichever account is the right one now. */
  | { action: "restart"; says: string; resumes: boolean }
  /** Rerun the prompt with the same account, as its session is unusable. */
  | { action: "fresh"; says: string }
  /** Rerun with the same account. */
  | { action: "again"; says: string; afterMs: number; resumes: boolean };

/** Says what is wrong with an account; completes "account 1 ...". */
export function describeTrouble(verdict: Verdict): string {
  const evidence = verdict.evidence.replace(/(?<!\.)\.$/, "");
  const why = evidence ? ` (${evidence})` : "";
  return `${policyOf(verdict).words}${why}`;
}

/**
 * Decides what to do after a run, the last one in `tried`. If the login was
 * dead or its kind ended, the prompt was never sent.
 */
export function nextStep(
  attempt: Attempt & Pick<AccountAttempt, "account" | "isOnLink"> & {
    isDisturbed?: boolean | undefined;
  },
  tried: readonly Tried[],
  options: StepOptions,
): Step {
  const { run, verdict, notResumed } = attempt;
  if (run.interruptedBy) return { action: "finish" };
  const resumes = attempt.resume !== undefined && options.rerun !== "never";
  const obstacle = resumes ? undefined : obstacleTo(attempt, options);
  if (notResumed !== undefined) {
    const why = `cannot continue the session (${notResumed})`;
    return obstacle === undefined
      ? { action: "fresh", says: `${why}: rerunning the prompt` }
      : { action: "finish", says: `${why}; not rerun: ${obstacle}` };
  }
  const unit = unitOf(attempt, { ...options, mayRepeat: !obstacle });
  const move = nextMove(verdict, unit, pastOf(attempt, tried));
  const says = describeTrouble(verdict);
  switch (move.do) {
    case "pass": {
      if (!move.insteadOf) return { action: "finish" };
      const trouble = move.insteadOf === "resume" ? DISTURBED : says;
      return { action: "finish", says: `${trouble}; not rerun: ${obstacle}` };
    }
    case "again": {
      const { afterMs } = move;
      const seconds = (afterMs / 1000).toFixed(1);
      const how = resumes ? "resuming the session" : "retrying";
      return {
        action: "again",
        says: `${says}: ${how} in ${seconds} s`,
        afterMs,
        resumes,
      };
    }
    case "resume": {
      const how = resumes ? "resuming the session" : "rerunning the prompt";
      return { action: "restart", says: `${DISTURBED}: ${how}`, resumes };
    }
    case "elsewhere":
      return { action: "elsewhere", says, resumes };
    case "leave":
    case "renew":
      break;
  }
  const repeats = move.do === "leave" && move.repeats;
  const others = new Set(tried.map((it) => it.account)).size;
  const isEnough = others > options.maxRetries;
  if (!blamesAccount(verdict)) { // its service is broken
    return repeats && !isEnough
      ? { action: "elsewhere", says, resumes }
      : { action: "finish" };
  }
  if (!repeats) {
    return { action: "leave", says: `${says}; not rerun: ${obstacle}` };
  }
  return isEnough
    ? { action: "stop", says }
    : { action: "next", says, resumes };
}

/** Completes "account 1 ...". */
const DISTURBED = "has a login that the agent did not find";

/** Returns what the next move after a run of the agent depends on. */
function unitOf(
  { isDisturbed = false, isOnLink = false }: Parameters<typeof nextStep>[0],
  { mayRestart = false, backoff, shortPauseMs, system, mayRepeat }:
    & StepOptions
    & { mayRepeat: boolean },
): Unit {
  return {
    canRenew: false,
    retriesItself: true,
    hasAskedOthers: !isOnLink, // the gateway has
    mayRepeat,
    canResume: isDisturbed && mayRestart,
    now: system.now(),
    shortPauseMs,
    pauseFor: (failures) => pauseBefore(failures + 1, backoff, Math.random()),
  };
}

/**
 * Returns what has happened before a run of `account`. A throttle that outlasted
 * an early end has lasted long enough.
 */
function pastOf(
  { run, account }: Attempt & { account: number },
  tried: readonly Tried[],
): Past {
  const runs = tried.filter((it) => it.account === account).length;
  const refused = tried.filter((it) => it.verdict.scope === "account").length;
  return {
    failures: runs - 1,
    hasWaited: runs > 1 || run.endedEarly,
    hasRenewed: false,
    wentElsewhere: refused > 1,
  };
}

/** Returns why the prompt must not be rerun; `undefined` if it may. */
function obstacleTo(
  { verdict, tools }: Attempt,
  { rerun }: StepOptions,
): string | undefined {
  // Without a session log, a prompt that was never sent has run no tools.
  const ran = policyOf(verdict).isUnsent ? tools ?? [] : tools;
  if (rerun === "never") return "--rerun is never";
  if (rerun === "always" || ran?.length === 0) return undefined;
  if (!ran) return "it may have run tools; --rerun=always reruns it";
  const names = [...new Set(ran)].join(", ");
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
  /** How much longer each further pause is, if `exponential`. @default 2 */
  factor?: number | undefined;
  /** The random part of an `exponential` pause, 0 to 1. @default 1, all of it */
  jitter?: number | undefined;
  /**
   * Whether the gateway makes these pauses, too, in place of its own.
   *
   * @default false
   */
  isForGateway?: boolean | undefined;
}

/**
 * Returns the pause before retry `attempt`, counted from 1, in milliseconds;
 * `undefined` if there is no such retry. By default, exponential pauses are
 * random between 0 and the full length ("full jitter"), so that many callers do
 * not retry at once.
 */
export function pauseBefore(
  attempt: number,
  { name, baseMs, capMs, attempts, factor = 2, jitter = 1 }: Backoff,
  random: number,
): number | undefined {
  if (name === "none" || attempt > attempts) return undefined;
  if (name === "constant") return Math.min(baseMs, capMs);
  const ms = waitOf(attempt, { firstMs: baseMs, factor, maxMs: capMs });
  return ms * (1 - jitter * (1 - random));
}
