/**
 * The log records what the user decides about the accounts.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import { realSystem } from "../../lib/system/system.ts";
import { accountFolder, NOW } from "../support/account_folder.ts";

type Change = (accounts: AccountManager) => Promise<unknown>;
type Told = [event: string, from: number | null, reason: string];

const DECISIONS: Record<string, [Change, ...Told[]]> = {
  "a label is set": [
    (it) => it.setLabel(2, "home"),
    ["account_labelled", 2, "asked for: home"],
  ],
  "a label is changed": [
    (it) => it.setLabel(1, "office"),
    ["account_labelled", 1, "asked for: work -> office"],
  ],
  "a label is removed": [
    (it) => it.setLabel(1, undefined),
    ["account_labelled", 1, "asked for: work -> none"],
  ],
  "a label stays": [(it) => it.setLabel(1, "work")],
  "an order is set": [
    (it) => it.setOrder([2, 1]),
    ["order_changed", null, "asked for: account 2, work"],
  ],
  "an order stays": [(it) => it.setOrder([])],
  "a cooldown is set": [
    (it) => it.setCooldown(2, 3_600_000),
    ["account_cooldown", 2, "asked for, until 2026-11-21T09:35:00Z"],
  ],
  "a cooldown is cleared": [
    async (it) => {
      await it.setCooldown(2, 3_600_000);
      await it.clearCooldowns();
    },
    ["account_cooldown", 2, "asked for, until 2026-11-21T09:35:00Z"],
    ["cooldown_cleared", 2, "asked for"],
  ],
  "there is no cooldown to clear": [(it) => it.clearCooldowns(1)],
  "an account is disabled and enabled": [
    async (it) => {
      await it.disable(2);
      await it.enable(2);
    },
    ["account_disabled", 2, "asked for"],
    ["account_enabled", 2, "asked for"],
  ],
};

for (const [when, [change, ...told]] of Object.entries(DECISIONS)) {
  Deno.test(`the log records that ${when}`, async () => {
    await using folder = await accountFolder({ keys: [1, 2] });
    const system = { ...realSystem, now: () => NOW };
    const accounts = new AccountManager({ dir: folder.path, system });
    await accounts.setLabel(1, "work");
    const before = (await folder.events()).length;
    await change(accounts);
    const events = (await folder.events()).slice(before);
    assertEquals(
      events.map(({ event, from, reason }) => [event, from, reason]),
      told,
    );
  });
}
