import type { Layout } from "../disk/layout.ts";
import type { Move } from "../disk/names.ts";
import { appendMove } from "../quota/usage_files.ts";
import { UsageRecorder } from "../quota/usage_recorder.ts";
import type { UsageSink } from "../quota/types.ts";
import { messageOf } from "../system/message_of.ts";
import { type Notify, realSystem, type System } from "../system/system.ts";
import type { QuotaWatch } from "./quota_watch.ts";

/** The accounts whose usage is recorded. */
interface Accounts {
  /** Where everything is. */
  layout: Pick<Layout, "usage">;
  /** Who is told of failures, and the clock. */
  options: { notify?: Notify; system?: Pick<System, "now"> };
  /** Knows how full their windows are. @default none */
  quotaWatch?: QuotaWatch | undefined;
}

/** Returns a recorder of the usage of `accounts`, unless counting is off. */
export function recordUsage(
  { layout, options: { notify = () => {} }, quotaWatch }: Accounts,
  { countUsage = "auto", system = realSystem }: {
    countUsage?: "auto" | "off" | undefined;
    system?: Pick<System, "now" | "elapsed"> | undefined;
  },
): UsageSink & AsyncDisposable | undefined {
  if (countUsage === "off") return undefined;
  const { sleep } = realSystem; // no caller waits for it
  const clock = { now: system.now, elapsed: system.elapsed, sleep };
  const recorder = new UsageRecorder(layout.usage, { notify, system: clock });
  return quotaWatch?.follow(recorder) ?? recorder;
}

/**
 * Keeps the usage of an account that gets another number. If that cannot be
 * written, notifies: then its usage of the past is lost.
 */
export async function moveUsage(
  { layout, options }: Accounts,
  move: Move,
): Promise<void> {
  const { notify = () => {}, system = realSystem } = options;
  try {
    await appendMove(layout.usage, move, { now: system.now(), notify });
  } catch (error) {
    notify(`cannot keep the usage of account ${move.to}: ${messageOf(error)}`);
  }
}
