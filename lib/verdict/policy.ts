/**
 * What each kind of verdict means for an account, a request and a run. All
 * decisions read this table, so that a new kind needs changes only here.
 *
 * @module
 */

/** How a run or a request ended. */
export type VerdictKind =
  /** It succeeded. */
  | "ok"
  /** The account is out of quota for a long time: daily, plan, balance. */
  | "quota"
  /** The account is rate-limited for a short time, such as a minute. */
  | "throttle"
  /** The token or key was refused; a refresh may help. */
  | "auth"
  /** The login no longer works; the prompt was not sent. */
  | "login"
  /** The service has discontinued this type of account. */
  | "discontinued"
  /** The request itself is refused, and would be with every account. */
  | "client"
  /** The service or the connection is temporarily broken. */
  | "transient"
  /** It exceeded its time limit. */
  | "timeout"
  /** Another failure. */
  | "failed";

/** The kinds of verdicts, as constants. */
export const KIND: { readonly [Kind in VerdictKind]: Kind } = {
  ok: "ok",
  quota: "quota",
  throttle: "throttle",
  auth: "auth",
  login: "login",
  discontinued: "discontinued",
  client: "client",
  transient: "transient",
  timeout: "timeout",
  failed: "failed",
};

/** What to do about one kind of verdict. */
export interface Policy {
  /** The cause. If it is the account or its type, another account may help. */
  blames:
    | "nothing"
    | "account"
    | "account type"
    | "request"
    | "service"
    | "time limit"
    | "unknown";
  /** What to try next, apart from the limits of the caller's patience. */
  move:
    /** Nothing: return the result. */
    | "pass"
    /** Another account. */
    | "leave"
    /** The same account with a new token, then another one. */
    | "renew"
    /** The same account after a short limit, then another one. */
    | "wait"
    /** The same account after a pause, several times, then another one. */
    | "retry";
  /** How long the limit lasts that was reached. @default no limit */
  limit?: "long" | "short";
  /** Whether the account gets a cooldown. @default false */
  coolsDown?: boolean;
  /** Whether the prompt was never sent, so that it may run again. @default false */
  isUnsent?: boolean;
  /** The state in which the account stays until the user acts. @default none */
  state?: "refused" | "login-needed" | "ended";
  /** Completes "account 1 ...". */
  words: string;
}

const POLICIES: Readonly<Record<VerdictKind, Policy>> = {
  ok: { blames: "nothing", move: "pass", words: "answered" },
  quota: {
    blames: "account",
    move: "leave",
    limit: "long",
    coolsDown: true,
    words: "is out of quota",
  },
  throttle: {
    blames: "account",
    move: "wait",
    limit: "short",
    coolsDown: true,
    words: "is rate-limited",
  },
  auth: {
    blames: "account",
    move: "renew",
    coolsDown: true,
    state: "refused",
    words: "was refused",
  },
  login: {
    blames: "account",
    move: "leave",
    isUnsent: true,
    state: "login-needed",
    words: "needs a new login",
  },
  discontinued: {
    blames: "account type",
    move: "leave",
    isUnsent: true,
    state: "ended",
    words: "uses a login type that the service has discontinued",
  },
  client: {
    blames: "request",
    move: "pass",
    words: "is not allowed to make this request",
  },
  transient: {
    blames: "service",
    move: "retry",
    words: "cannot reach its service",
  },
  timeout: {
    blames: "time limit",
    move: "pass",
    words: "did not answer in time",
  },
  failed: { blames: "unknown", move: "pass", words: "failed" },
};

/** Returns the policy for a kind of verdict. */
export function policyOf({ kind }: { kind: VerdictKind }): Policy {
  return POLICIES[kind];
}

/**
 * Returns the state of an account in a cooldown of this kind, such as `out of
 * quota`; `undefined` if no kind with a cooldown has this name.
 */
export function stateAfter(kind: string): string | undefined {
  if (!Object.hasOwn(POLICIES, kind)) return undefined;
  const { coolsDown, words } = POLICIES[kind as VerdictKind];
  return coolsDown ? words.replace(/^(?:is|was) /, "") : undefined;
}

/** Whether a verdict blames the account or its type, so that another may help. */
export function blamesAccount(verdict: { kind: VerdictKind }): boolean {
  const { blames } = policyOf(verdict);
  return blames === "account" || blames === "account type";
}

/**
 * How waits grow: the pauses before retries while a service is broken, or the
 * cooldowns of an account that fails again and again while the service names no
 * time. Members that are missing have their defaults.
 */
export interface Spacing {
  /** The first wait, milliseconds. */
  firstMs?: number | undefined;
  /** How much longer each further wait is, 1 or more. @default 2 */
  factor?: number | undefined;
  /** The longest wait, milliseconds. */
  maxMs?: number | undefined;
  /**
   * The part of a wait that is random, 0 to 1. A retry may come that much
   * earlier, and a cooldown may end that much later, but never after `maxMs`.
   */
  jitter?: number | undefined;
}

/** How waits grow, by the verdict. */
export interface Backoffs {
  /** Cooldowns after a quota error. */
  readonly quota?: Spacing | undefined;
  /** Cooldowns after a throttle. */
  readonly throttle?: Spacing | undefined;
  /** Cooldowns after a refused key or login. */
  readonly auth?: Spacing | undefined;
  /** Pauses before retries while the service is broken. */
  readonly transient?: Spacing | undefined;
}

/** The verdicts after which waits grow. */
export const SPACED_VERDICTS: readonly (keyof Backoffs)[] = [
  "quota",
  "throttle",
  "auth",
  "transient",
];

/**
 * Returns the length of wait `count`, counted from 1, without its random part,
 * milliseconds. It is never shorter than that of an earlier one.
 */
export function waitOf(
  count: number,
  { firstMs, factor, maxMs }: {
    firstMs: number;
    factor: number;
    maxMs: number;
  },
): number {
  // A power that is too large is `Infinity`, so that `maxMs` counts.
  return Math.min(firstMs * factor ** (count - 1), maxMs);
}
