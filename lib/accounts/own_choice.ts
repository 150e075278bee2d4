import { nameOf } from "../account_name.ts";
import { LoginNeededError, NoAccountReadyError } from "../errors.ts";
import type { Readiness } from "../readiness.ts";
import { invocation } from "../program.ts";
import { NOT_CHOSEN } from "./candidates.ts";
import type { Candidate } from "./select.ts";
import { fixOf, wordFor } from "./fix_of.ts";

/** What the user can do while rotation between plan logins is off. */
export interface OwnChoice {
  /** The account that cannot be used now. */
  out: Readiness;
  /** The one to switch to: it is ready first. */
  next: Readiness;
}

/**
 * Returns what only the user may choose: `accounts` has one login that will be
 * ready later, and the others may not replace it by themselves. Otherwise
 * returns `undefined`.
 */
export function ownChoice(
  accounts: readonly Readiness[],
): OwnChoice | undefined {
  const { accounts: all, alternatives: [next] } = new NoAccountReadyError(
    accounts,
  );
  const [out, another] = all.filter((it) => it.readyAt < Infinity);
  const isLogin = out?.kind === "oauth" && out.obstacle !== undefined;
  return isLogin && !another && next ? { out, next } : undefined;
}

/** Describes the choice in one line; `format` formats a time. */
export function describeOwnChoice(
  { out, next }: OwnChoice,
  format: (time: number) => string,
): string {
  const name = nameOf(out.index, out.label);
  const end = format(out.readyAt);
  const until = out.source === "guess"
    ? `, next try ${end} (our guess)`
    : ` until ${end}`;
  const other = nameOf(next.index, next.label);
  const isReady = next.obstacle === NOT_CHOSEN;
  const then = isReady || next.readyIfAskedAt === undefined
    ? `${other} is ready: ${switchCommand(next)}`
    : `the next one is ${other}, from ${format(next.readyIfAskedAt)}`;
  return `${name} is ${out.obstacle}${until}; ${then}`;
}

/**
 * Returns the error for the login of account `active`, which only the user can
 * repair; another account is ready, but only the user may choose it.
 * Returns `undefined` if there is none.
 */
export function unusableLogin(
  candidates: readonly Candidate[],
  { active, keys }: { active: number | undefined; keys: readonly number[] },
): LoginNeededError | undefined {
  const own = candidates.find((it) => it.index === active);
  const next = candidates.find((it) => it.obstacle === NOT_CHOSEN);
  if (!own || !next) return undefined;
  const { index, label } = own;
  const name = nameOf(index, label);
  const fix = fixOf({ index, label, state: "login-needed" }, {
    all: [],
    keys,
    self: invocation(),
  });
  return new LoginNeededError(
    "none-usable",
    `Cannot use ${name}: ${own.obstacle}; ${NOT_CHOSEN}`,
    {
      accounts: [{ index, label }],
      hint: `${fix}, or ${switchCommand(next)}`,
    },
  );
}

/** Returns the command that makes an account the active one. */
function switchCommand({ index, label }: Readiness): string {
  return `${invocation()} switch ${wordFor({ index, label })}`;
}
