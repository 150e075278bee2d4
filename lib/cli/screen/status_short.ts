import type { Account } from "../../accounts/account.ts";
import type { Overview } from "../../accounts/overview.ts";
import { soon } from "./time.ts";

/**
 * Formats one line for a shell prompt: `work 2/5`, the next account and how
 * many of all are ready, or `none 16:00`, when the first one is.
 */
export function formatShort(
  { accounts, next, readyAt }: Pick<Overview, "next" | "readyAt"> & {
    accounts: readonly Pick<Account, "index" | "label" | "state">[];
  },
  now: number,
): string {
  if (!next) {
    return readyAt === undefined ? "none" : `none ${soon(readyAt, now)}`;
  }
  const ready = accounts.filter((it) => it.state === "ready").length;
  const name = accounts.find((it) => it.index === next.index)?.label;
  return `${name ?? next.index} ${ready}/${accounts.length}`;
}
