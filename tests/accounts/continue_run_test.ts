import { assertEquals } from "@std/assert";
import { keySlotPath } from "../../lib/disk/names.ts";
import { accountFolder, NOW } from "../support/account_folder.ts";
import { linkOf, managerOf } from "./managers.ts";
import { assertFails } from "../support/assert_fails.ts";
import { runRecords } from "../support/run_records.ts";

const QUOTA = { kind: "quota", retryAt: NOW + 3_600_000 } as const;

Deno.test("continueRun() begins a run with the next account in place of the previous one", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const manager = managerOf(folder);
  const first = await manager.beginRun();
  const second = await manager.continueRun(first, QUOTA);
  assertEquals(second.account, 2);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
  assertEquals((await runRecords(folder.layout)).map((it) => it.id), [
    second.id,
  ]);
  await manager.endRun(second, { kind: "ok" });
  assertEquals(await runRecords(folder.layout), []);
});

Deno.test("continueRun() records the verdict when there is no other account", async () => {
  await using folder = await accountFolder({ keys: [1] });
  const manager = managerOf(folder);
  const run = await manager.beginRun();
  const error = await assertFails(
    () => manager.continueRun(run, QUOTA),
    "only-account",
  );
  assertEquals(error.hint, "add an account: account-qwen setup");
  const [readiness] = await manager.readiness();
  assertEquals(readiness?.obstacle, "out of quota");
});

Deno.test("continueRun() starts again with the same account when it may stay", async () => {
  await using folder = await accountFolder({ keys: [1] });
  const manager = managerOf(folder);
  const run = await manager.beginRun();
  const again = await manager.continueRun(run, { kind: "throttle" }, {
    mayStay: true,
  });
  assertEquals(again.account, 1);
  await manager.endRun(again, { kind: "ok" });
  const [readiness] = await manager.readiness();
  assertEquals(readiness?.obstacle, undefined);
});

Deno.test("continueRun() skips accounts of a kind that cannot be used", async () => {
  await using folder = await accountFolder({
    accounts: [2],
    keys: [1, 3],
    active: 2,
  });
  const manager = managerOf(folder);
  const run = await manager.beginRun({ account: 1 });
  const next = await manager.continueRun(run, QUOTA, { kind: "api-key" });
  assertEquals(next.account, 3);
});

Deno.test("noteAnswer() ends a cooldown that had expired when the run began", async () => {
  await using folder = await accountFolder({ keys: [1] });
  const manager = managerOf(folder);
  const first = await manager.beginRun();
  await manager.endRun(first, { kind: "auth", retryAt: NOW });
  const run = await manager.beginRun({ account: 1 });
  assertEquals(run.seen.length, 1);
  await manager.noteAnswer(run);
  const events = await folder.events();
  assertEquals(events.map((it) => it.event), ["account_cooldown"]);
  assertEquals((await manager.beginRun()).seen, []);
});

Deno.test("continueRun() skips an account that somebody has activated and whose slot is broken", async () => {
  await using folder = await accountFolder({ keys: [1, 2, 3] });
  const notices: string[] = [];
  const manager = managerOf(folder, { notices });
  await manager.switchTo(1);
  const run = await manager.beginRun();
  await manager.switchTo(2);
  await Deno.writeTextFile(keySlotPath(folder.layout, 2), "# nothing\n");
  const next = await manager.continueRun(run, QUOTA);
  assertEquals(next.account, 3);
  assertEquals(notices, [
    "account 2 is skipped: its slot has no OPENAI_API_KEY",
  ]);
});
