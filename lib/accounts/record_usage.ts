import { UsageRecorder } from "../quota/usage_recorder.ts";
import { realSystem, type System } from "../system/system.ts";
import type { AccountManager } from "./account_manager.ts";

/** Returns what records the usage of `accounts`, unless it is off. */
export function recordUsage(
  { layout, options: { notify = () => {} } }: AccountManager,
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
