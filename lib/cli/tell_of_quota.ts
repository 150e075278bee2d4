import type { AccountManager } from "../accounts/account_manager.ts";
import type { AccountQuota } from "../accounts/account_quota.ts";
import { serviceAt } from "../agents/presets.ts";
import { type EventType, quotaEventsOf } from "../notify/events.ts";
import { appendChanges } from "../notify/outbox.ts";
import { payloadOf } from "../notify/payload.ts";
import { startSending } from "../notify/sender.ts";
import { loadNotifySettings } from "../notify/settings_file.ts";
import { invocation } from "../program.ts";
import { DAY_MS, KEPT_DAYS } from "../quota/usage_files.ts";
import { realSystem } from "../system/system.ts";

/** Reading all that is kept takes a second for busy accounts. */
const RECENT_DAYS = 2;

/** A week shows the pace of each hour of the day, and days without work. */
const DAYS_OF_PACE = 8;

/**
 * Writes messages about the quotas of `accounts` to the outbox, if a target
 * wants them: the thresholds that are reached, and the quotas that will not
 * last. Reads what was counted of the traffic, as far as the windows of the
 * accounts with recent traffic need it.
 */
export async function tellOfQuota(accounts: AccountManager): Promise<void> {
  const { layout } = accounts;
  const settings = await loadNotifySettings(layout).catch(() => undefined);
  if (!settings) return; // the command has reported why
  const { targets, thresholds } = settings;
  const wants = (type: EventType) =>
    targets.some((it) => it.events.includes(type));
  const wantsPace = wants("quota.pace");
  if (!wantsPace && !wants("quota.threshold")) return;
  const all = await accounts.listAccounts();
  const recent = await accounts.readQuota(all, { days: RECENT_DAYS });
  const days = daysFor(recent, { wantsPace });
  const quotas = days > RECENT_DAYS
    ? await accounts.readQuota(all, { days })
    : recent;
  const now = realSystem.now();
  const windows = quotas.flatMap((it) => it.windows);
  const events = quotaEventsOf(windows, { now, thresholds });
  if (events.length === 0) return;
  const labels = new Map(all.map((it) => [it.index, it.label]));
  const about = {
    agent: layout.agent.program,
    invocation: invocation(),
    labelOf: (index: number) => labels.get(index),
  };
  const isAdded = await appendChanges(layout, {
    events,
    ended: [],
    dropped: [],
  }, { now, targets, payloadOf: (event) => payloadOf(event, about) });
  if (isAdded) startSending(layout);
}

/**
 * Returns how many days tell whether the windows of the accounts are near their
 * ends. A limit that nobody names is learned from all that is kept.
 */
function daysFor(
  recent: readonly AccountQuota[],
  { wantsPace }: { wantsPace: boolean },
): number {
  const used = recent.filter(({ traffic, windows }) =>
    traffic.observedAt !== undefined || windows.length > 0
  );
  if (used.length === 0) return RECENT_DAYS;
  const needs = used.map(({ account, windows }) => {
    const { windows: named } = serviceAt(account.baseUrl) ?? {};
    if (named) {
      const longest = Math.max(0, ...named.map((it) => it.lengthMs));
      return Math.ceil(longest / DAY_MS) + 1;
    }
    const isTold = windows.some((it) =>
      it.source === "header" || it.source === "agent"
    );
    return isTold ? RECENT_DAYS : KEPT_DAYS;
  });
  return Math.max(RECENT_DAYS, wantsPace ? DAYS_OF_PACE : 0, ...needs);
}
