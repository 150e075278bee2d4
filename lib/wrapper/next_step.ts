import type { Verdict, VerdictKind } from "../verdict/classify.ts";
import type { System } from "../system.ts";
import type { Attempt } from "./attempt.ts";
import { type Backoff, pauseBefore } from "./backoff.ts";

/** Whether a prompt may be run again when the run before has run tools. */
export type RerunName =
  /** Only if no tool was run, as far as can be known. */
  | "safe"
  /** Always. */
  | "always"
  /** Never, tools or not. */
  | "never";

/** Stands for a key that is of no account here; the first account is 1. */
export const NO_ACCOUNT = 0;

/** An account that was tried in a call, and what that came to. */
export interface Tried {
  /** The account. */
  account: number;
  /** What the run came to. */
  verdict: Verdict;
  /** Its label, where the call has failed and messages name the account. */
  label?: string | undefined;
}

/** What the next step of a call depends on. */
export interface StepOptions {
  /** How often to go on with another account at most. */
  maxRetries: number;
  /** Whether to run a prompt again that has run tools. */
  rerun: RerunName;
  /** A throttle that ends within this is waited for, milliseconds. */
  shortPauseMs: number;
  /** How to try again when the provider is broken. */
  backoff: Backoff;
  /**
   * Whether a run that was disturbed may be begun anew.
   *
   * @default no
   */
  mayBeginAnew?: boolean;
  /** The clock. */
  system: System;
}

/** What to do after a run, and what to say of its account. */
export type Step =
  /** Return what there is. */
  | { action: "finish"; says?: string }
  /** Make another account the active one for the next call, and return. */
  | { action: "leave"; says: string }
  /** The same, as enough accounts were tried. */
  | { action: "stop"; says: string }
  /** Run the prompt again with another account. */
  | { action: "next"; says: string }
  /**
   * The same, with an account of another service or, where this one may not ask
   * for that, with one that is asked for another model or at another address. If
   * there is none, return what there is.
   */
  | { action: "elsewhere"; says: string }
  /** Begin anew, with whichever account is to be used now. */
  | { action: "anew"; says: string }
  /** Run it again with the same one. */
  | { action: "again"; says: string; afterMs: number };

/** What is said of an account of which another one takes the place. */
const REPLACED: Partial<Record<VerdictKind, string>> = {
  quota: "is out of quota",
  throttle: "is rate-limited",
  auth: "was refused",
  login: "needs a new login",
  discontinued: "uses a login type that the service has discontinued",
};

/** The same of all kinds that another account may help with. */
const DESCRIBED: typeof REPLACED = {
  ...REPLACED,
  client: "is not allowed to make this request",
};

/** Says what is wrong with an account; completes "account 1 ...". */
export function describeTrouble({ kind, evidence }: Verdict): string {
  const why = evidence ? ` (${evidence})` : "";
  return `${describeState(kind)}${why}`;
}

/** The same, without the evidence. */
export function describeState(kind: VerdictKind): string {
  return DESCRIBED[kind] ?? "cannot reach its service";
}

/**
 * Decides what to do after a run, the last one of `tried`. With a dead login, or
 * one of a kind that has ended, the prompt was never sent.
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
  const { kind } = verdict;
  if (kind === "ok" || run.interruptedBy) return { action: "finish" };
  if (kind === "login" && isDisturbed && options.mayBeginAnew) {
    return anew(tools, options);
  }
  if (isOfAccount(verdict, tried)) {
    const says = describeTrouble(verdict);
    const obstacle = rerunObstacle(tools, options.rerun);
    return obstacle
      ? { action: "finish", says: `${says}; not rerun: ${obstacle}` }
      : { action: "elsewhere", says };
  }
  const replaced = REPLACED[kind];
  const runs = tried.filter((it) => it.account === account).length;
  const afterMs = pauseFor({ run, verdict }, runs, options);
  // The gateway has been elsewhere already.
  const isUnreachable = kind === "transient" && isOnLink;
  if (replaced === undefined && afterMs === undefined && !isUnreachable) {
    return { action: "finish" };
  }
  const says = describeTrouble(verdict);
  const obstacle = kind === "login" || kind === "discontinued"
    ? undefined
    : rerunObstacle(tools, options.rerun);
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

/** Whether one other account may be tried, for this one is refused as it is. */
function isOfAccount({ scope }: Verdict, tried: readonly Tried[]): boolean {
  const refused = tried.filter((it) => it.verdict.scope === "account");
  return scope === "account" && refused.length === 1;
}

/** What has come of a dead login that the run was not to have, or not to lose. */
function anew(
  tools: readonly string[] | undefined,
  { rerun }: StepOptions,
): Step {
  // Before the first line of its log it has run none.
  const obstacle = rerunObstacle(tools ?? [], rerun);
  return obstacle
    ? { action: "finish", says: `${DISTURBED}; not rerun: ${obstacle}` }
    : { action: "anew", says: `${DISTURBED}: rerunning the prompt` };
}

/** Completes "account 1 ...". */
const DISTURBED = "has a login that qwen did not find";

/**
 * The pause before another try with the same account, if there is to be one. A
 * throttle for which we have ended the run has gone on for long enough.
 */
function pauseFor(
  { run, verdict: { kind, retryAt } }: Pick<Attempt, "run" | "verdict">,
  runs: number,
  { backoff, shortPauseMs, system }: StepOptions,
): number | undefined {
  if (kind === "transient") return pauseBefore(runs, backoff, Math.random());
  const isOver = runs > 1 || run.endedEarly;
  if (kind !== "throttle" || retryAt === undefined || isOver) return undefined;
  const pauseMs = Math.max(retryAt - system.now(), 0);
  return pauseMs <= shortPauseMs ? pauseMs : undefined;
}

/** Why the prompt is not to be run again. */
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
