import type { Readiness } from "../../readiness.ts";
import { nameOf } from "../../account_name.ts";
import { DISABLED } from "../../vault/block.ts";
import { wordFor } from "../../accounts/fix_of.ts";
import { NOT_CHOSEN } from "../../accounts/candidates.ts";
import { minute } from "./time.ts";
import { invocation } from "../../program.ts";

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
    const name = nameOf(index, label);
    if (obstacle === DISABLED) {
      const word = wordFor({ index, label });
      return `${name}: ${DISABLED} (${invocation()} enable ${word})`;
    }
    if (readyIfAskedAt !== undefined) {
      const word = wordFor({ index, label });
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
    const why = [noteOf(account), obstacle].filter((it) => it !== undefined);
    return `${name}: ${[...why, when].join(", ")}`;
  });
}

function noteOf({ note, noteUntil }: Readiness): string | undefined {
  return note === undefined || noteUntil === undefined
    ? note
    : `${note} until ${minute(noteUntil)}`;
}

/** Formats a time span by its two largest units: `3 h 20 min`, `45 s`. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(Math.ceil(ms / 1000), 0);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([number]) => number > 0);
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2);
  return shown.filter(([number], at) => at === 0 || number > 0)
    .map(([number, unit]) => `${number} ${unit}`).join(" ");
}
