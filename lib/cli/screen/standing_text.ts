import { shortName } from "../../account_name.ts";
import type { Account, AccountName } from "../../accounts/account.ts";
import type { Overview } from "../../accounts/overview.ts";
import type { AccountStateName } from "../../accounts/standing.ts";
import { formatSpan } from "./readiness.ts";
import { at, minute, soon } from "./time.ts";

/** The words for each state. */
const NAMES: Readonly<Record<AccountStateName, string>> = {
  "ready": "ready",
  "resting": "resting",
  "disabled": "disabled",
  "refused": "refused",
  "login-needed": "login needed",
  "ended": "not usable",
  "doubtful": "doubtful",
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
  const name = NAMES[state];
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
      return reason === undefined ? name : `${name}: ${reason}`;
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

/** Describes when the first account will be ready, if none is ready now. */
export function describeRest(
  { accounts, readyAt = NaN }: Pick<Overview, "accounts" | "readyAt">,
  now: number,
): string {
  const first = accounts.find((it) => it.until === readyAt);
  const name = first ? shortName(first) : "one";
  const span = formatSpan(readyAt - now);
  return isRetry(first)
    ? `no account is ready now: next try in ${span} with ${name} (our guess)`
    : `no account is ready until ${minute(readyAt)}, in ${span} (${name})`;
}

/** Returns the text in the column `account`: the label, or else the number. */
export function nameCell({ index, label }: AccountName): string {
  return label ?? String(index);
}
