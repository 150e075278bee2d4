import type { AccountManager } from "../accounts/account_manager.ts";
import { appendChanges } from "../notify/outbox.ts";
import { payloadOf } from "../notify/payload.ts";
import { quotaEventsOf } from "../notify/quota_events.ts";
import { startSending } from "../notify/sender.ts";
import { loadNotifySettings } from "../notify/settings_file.ts";
import { invocation } from "../program.ts";
import { realSystem } from "../system/system.ts";

/**
 * Writes messages about the quotas of `accounts` to the outbox, if a target
 * wants them: the thresholds that are reached, and the quotas that will not
 * last. Reads what was counted of the traffic.
 */
export async function tellOfQuota(accounts: AccountManager): Promise<void> {
  const { layout } = accounts;
  const settings = await loadNotifySettings(layout).catch(() => undefined);
  if (!settings) return; // the command has reported why
  const { targets, thresholds } = settings;
  const isWanted = targets.some((it) =>
    it.events.includes("quota.threshold") || it.events.includes("quota.pace")
  );
  if (!isWanted) return;
  const all = await accounts.listAccounts();
  const quotas = await accounts.readQuota(all);
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
