import { nameOf } from "../account_name.ts";
import {
  AccountError,
  LoginNeededError,
  NoAccountReadyError,
} from "../errors.ts";
import { invocation } from "../program.ts";
import type { Readiness } from "../readiness.ts";
import { accountIn, type AccountKind, nameIn } from "../vault/account_name.ts";
import { isDisabled } from "../vault/block.ts";
import type { Snapshot } from "../vault/snapshot.ts";
import { accountsOfKind, hasPlan, NOT_CHOSEN } from "./candidates.ts";
import { fixOf, wordFor } from "./fix_of.ts";
import { type Candidate, isSpreading, type StrategyName } from "./select.ts";

type Folder = Pick<
  Snapshot,
  "doubtful" | "keys" | "layout" | "slots" | "state"
>;

/**
 * Makes sure that `strategy` does not use several plan logins at the same time:
 * the terms of such plans speak of individual use.
 *
 * @throws {AccountError} If it could.
 */
export function requireNoPlan(
  folder: Folder,
  { strategy, kind }: {
    strategy: StrategyName | undefined;
    kind?: AccountKind | undefined;
  },
): void {
  if (!isSpreading(strategy)) return;
  const refusal = refusalOfPlan(folder, {
    doing: `use the strategy ${strategy}`,
    instead: "another strategy and one run at a time",
    kind,
  });
  if (refusal) throw refusal;
}

/**
 * Returns the plan logins that must be idle while a run uses account `index`,
 * which rotation has chosen: it uses one login at a time.
 */
export function rivalsOf(
  folder: Omit<Folder, "doubtful"> & Pick<Snapshot, "rotatesLogins">,
  index: number,
): number[] {
  if (!folder.rotatesLogins || !hasPlan(folder, index)) return [];
  return folder.slots.filter((it) => it !== index && hasPlan(folder, it));
}

/**
 * Returns the error for runs in parallel if an account of `kind` has a plan
 * login; `doing` completes "Cannot ...", and `instead` "use ...".
 */
export function refusalOfPlan(
  folder: Folder,
  { doing, instead, kind }: {
    doing: string;
    instead: string;
    kind?: AccountKind | undefined;
  },
): AccountError | undefined {
  const index = accountsOfKind(folder, kind)
    .find((it) => hasPlan(folder, it) && !isDisabled(folder, it));
  if (index === undefined) return undefined;
  const name = nameIn(folder, index);
  return new AccountError(
    "plan-login",
    `Cannot ${doing}: ${name} has the login of a plan, which is for individual ` +
      "use, one run at a time",
    {
      index,
      hint: `use ${instead}, or only keys: ` +
        `${invocation()} disable ${wordFor(accountIn(folder, index))}`,
    },
  );
}

/** What the user can do while rotation between plan logins is off. */
export interface OwnChoice {
  /** The account that cannot be used now. */
  out: Readiness;
  /** The one to switch to: it is ready first. */
  next: Readiness;
}

/**
 * Returns the choice that is left to the user: one login of `accounts` will be
 * ready later, and rotation may not replace it. Otherwise returns `undefined`.
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
function switchCommand(account: Readiness): string {
  return `${invocation()} switch ${wordFor(account)}`;
}
