import type { Layout } from "../disk/layout.ts";
import type { Move } from "../disk/names.ts";
import { appendMove } from "../quota/usage_files.ts";
import { UsageRecorder } from "../quota/usage_recorder.ts";
import { messageOf } from "../system/message_of.ts";
import { type Notify, realSystem, type System } from "../system/system.ts";

/** The accounts whose usage is recorded. */
interface Accounts {
  /** Where everything is. */
  layout: Pick<Layout, "usage">;
  /** Who is told of failures, and the clock. */
  options: { notify?: Notify; system?: Pick<System, "now"> };
}

/** Returns what records the usage of `accounts`, unless it is off. */
export function recordUsage(
  { layout, options: { notify = () => {} } }: Accounts,
  { countUsage = "auto", system = realSystem }: {
    countUsage?: "auto" | "off" | undefined;
    system?: Pick<System, "now" | "elapsed"> | undefined;
  },
): UsageRecorder | undefined {
  if (countUsage === "off") return undefined;
  const { sleep } = realSystem; // nobody waits for it
  const clock = { now: system.now, elapsed: system.elapsed, sleep };
  return new UsageRecorder(layout.usage, { notify, system: clock });
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
