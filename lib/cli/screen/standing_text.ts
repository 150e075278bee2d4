import { type AccountName, nameOf, shortName } from "../../account_name.ts";
import type { Account } from "../../accounts/account.ts";
import type { Overview } from "../../accounts/overview.ts";
import { ownCommand, wordFor } from "../../accounts/fix_of.ts";
import type { AccountStateName } from "../../accounts/standing.ts";
import { realSystem } from "../../system/system.ts";
import { NOT_CHOSEN } from "../../accounts/candidates.ts";
import { invocation } from "../../program.ts";
import type { Readiness } from "../../readiness.ts";
import { DISABLED } from "../../vault/block.ts";
import type { Column } from "./table.ts";
import { at, formatSpan, minute, soon } from "./time.ts";

/** The words for the states that are not called by their own name. */
const NAMES: Partial<Record<AccountStateName, string>> = {
  "login-needed": "login needed",
  "ended": "not usable",
};

/**
 * Describes whether an account can be used, or why not and who says so, as in
 * every view of the accounts: `resting until 18:00 (service): out of quota`.
 * The reason comes last, where a narrow terminal cuts.
 */
export function describeStanding(
  { state, reason, source, until, since }: Account,
  now: number,
): string {
  const name = NAMES[state] ?? state;
  switch (state) {
    case "resting":
      if (until === undefined) return `${name}: ${reason}`;
      if (source === "user") {
        return `${name} until ${soon(until, now)} (set by you)`;
      }
      return source === "guess"
        ? `${name}, next try in ${
          formatMinutes(until - now)
        } (our guess): ${reason}`
        : `${name} until ${soon(until, now)} (service): ${reason}`;
    case "refused":
      return since === undefined ? `${reason}` : `${reason} ${at(since, now)}`;
    case "ready":
      if (reason === undefined) return name;
      return until === undefined
        ? `${name}: ${reason}`
        : `${name}: ${reason} until ${soon(until, now)}`;
    case "disabled":
      return name;
    default:
      return `${name}: ${reason}`;
  }
}

const MINUTE_MS = 60_000;

/**
 * Formats the time left of a guessed cooldown; shows seconds only in the last
 * minute.
 */
function formatMinutes(ms: number): string {
  if (ms <= MINUTE_MS) return formatSpan(ms);
  return formatSpan(Math.ceil(ms / MINUTE_MS) * MINUTE_MS);
}

/**
 * Whether `account` is only tried again when its cooldown ends: no service has
 * said that it will be ready then.
 */
export function isRetry(
  account: Pick<Account, "source" | "state"> | undefined,
): boolean {
  return account?.source === "guess" || account?.state === "refused";
}

/**
 * Says which account is ready, but only the user may choose it, and how, if there
 * is one; `dir` is the folder of the accounts.
 */
export function describeAlternative(
  { accounts, alternative }: Pick<Overview, "accounts" | "alternative">,
  dir: string,
): string | undefined {
  const other = accounts.find((it) => it.index === alternative);
  if (!other) return undefined;
  const self = ownCommand(dir, realSystem);
  return `${shortName(other)} is ready: ${self} switch ${
    wordFor(other, accounts)
  }`;
}

/** Describes when the first account will be ready, if none is ready now. */
export function describeRest(
  overview: Pick<Overview, "accounts" | "alternative" | "readyAt">,
  { dir, now }: { dir: string; now: number },
): string {
  const { accounts, readyAt = NaN } = overview;
  const first = accounts.find((it) => it.until === readyAt);
  const name = first ? shortName(first) : "one";
  const span = formatSpan(readyAt - now);
  const other = describeAlternative(overview, dir);
  if (other) {
    return isRetry(first)
      ? `${name} will be tried again in ${span} (our guess); ${other}`
      : `${name} is not ready until ${minute(readyAt)}, in ${span}; ${other}`;
  }
  return isRetry(first)
    ? `no account is ready now: next try in ${span} with ${name} (our guess)`
    : `no account is ready until ${minute(readyAt)}, in ${span} (${name})`;
}

/** Returns the text in the column `account`: the label, or else the number. */
export function nameCell({ index, label }: AccountName): string {
  return label ?? String(index);
}

/** Returns the columns that name `accounts`; without labels, one is enough. */
export function nameColumns(
  accounts: readonly AccountName[],
): Column<AccountName>[] {
  const hasLabels = accounts.some((it) => it.label !== undefined);
  return [
    { name: "account", cell: nameCell, shrinks: "label" },
    ...(hasLabels
      ? [{ name: "no.", cell: (it: AccountName) => String(it.index) }]
      : []),
  ];
}

/** The column that names who answers the requests of an account. */
export const SERVICE_COLUMN: Column<Pick<Account, "service">> = {
  name: "service",
  cell: (it) => it.service ?? "",
  shrinks: "first",
  drops: 5,
};

/**
 * Says which login the plain agent uses, if logins are in folders and an account
 * has one.
 */
export function describePlain(
  accounts: readonly Pick<Account, "index" | "label" | "isPlain" | "kind">[],
  program: string,
): string | undefined {
  const plain = accounts.find((it) => it.isPlain);
  if (plain) return `plain ${program} uses ${nameOf(plain.index, plain.label)}`;
  const hasLogins = accounts.some((it) =>
    it.isPlain !== undefined && it.kind !== "api-key"
  );
  return hasLogins ? `plain ${program} uses none of these logins` : undefined;
}

/** The text if there are no accounts. */
export function noAccounts(): string {
  return `no accounts yet: ${invocation()} setup`;
}

/**
 * Describes for each account, one per line, why it is not ready and when it
 * will be.
 */
export function formatReadiness(
  accounts: readonly Readiness[],
  now: number,
): string[] {
  return accounts.map((account) => {
    const { index, label, obstacle, readyAt, readyIfAskedAt, source } = account;
    const { note, noteUntil } = account;
    const name = nameOf(index, label);
    const word = wordFor({ index, label });
    if (obstacle === DISABLED) {
      return `${name}: ${DISABLED} (${invocation()} enable ${word})`;
    }
    if (readyIfAskedAt !== undefined) {
      const state = obstacle === NOT_CHOSEN
        ? "ready"
        : `${obstacle} until ${minute(readyIfAskedAt)}`;
      return `${name}: ${state}, and used only if you switch to it ` +
        `(${invocation()} switch ${word})`;
    }
    const when = readyAt === Infinity
      ? `until you fix it (${invocation()} doctor)`
      : readyAt > now && source === "guess"
      ? `next try in ${formatSpan(readyAt - now)} (our guess)`
      : readyAt > now
      ? `ready ${minute(readyAt)}, in ${formatSpan(readyAt - now)}`
      : "ready now";
    const until = noteUntil === undefined ? "" : ` until ${minute(noteUntil)}`;
    const known = note === undefined ? undefined : note + until;
    const why = [known, obstacle].filter((it) => it !== undefined);
    return `${name}: ${[...why, when].join(", ")}`;
  });
}
