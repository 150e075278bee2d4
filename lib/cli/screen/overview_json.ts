import { DEFAULT_AGENT } from "../../agents/registry.ts";
import type { Overview } from "../../accounts/overview.ts";
import { isoTime } from "./time.ts";

/** Returns what `status --json` prints. */
export function overviewJson(
  { accounts, next, readyAt }: Overview,
): Record<string, unknown> {
  const chosen = accounts.find((it) => it.index === next?.index);
  return {
    next: next && chosen
      ? { index: next.index, label: chosen.label ?? null, why: next.why }
      : null,
    ready_at: isoTime(readyAt),
    accounts: accounts.map(accountJson),
  };
}

/** Returns what `status --json` and `which --json` print about one account. */
export function accountJson(
  account: Overview["accounts"][number],
): Record<string, unknown> {
  const { index, label, service, state, reason, source } = account;
  return {
    index,
    label: label ?? null,
    agent: DEFAULT_AGENT.program,
    service: service ?? null,
    state,
    reason: reason ?? null,
    source: source ?? null,
    until: isoTime(account.until),
    since: isoTime(account.since),
    runs: account.runs,
  };
}
