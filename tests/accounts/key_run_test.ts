import { assert, assertEquals } from "@std/assert";
import { randomHex } from "../../lib/disk/names.ts";
import { accountFolder, namesIn } from "../support/account_folder.ts";
import { strangers } from "../support/strangers.ts";
import { managerOf } from "./managers.ts";
import { assertFails } from "../support/assert_fails.ts";
import { recordRun } from "../support/run_records.ts";
import { replaceFiles } from "../support/files.ts";
import { accountKeys, readState } from "../support/state.ts";

const MIXED = { accounts: [1, 3], keys: [2, 4], active: 1 };

Deno.test("endRun() records nothing for a key account that was removed meanwhile", async () => {
  await using folder = await accountFolder(MIXED);
  using _ = strangers();
  const manager = managerOf(folder);
  const run = await manager.beginRun({ account: 2 });
  await manager.removeAccount(2);
  await manager.endRun(run, { kind: "quota" });
  const state = await readState(folder.layout.state);
  assertEquals(accountKeys(state, 2).cooldowns, undefined);
  assertEquals(await namesIn(folder.layout.runs), []);
});

Deno.test("beginRun() forgets the runs with a key that were killed", async () => {
  await using folder = await accountFolder(MIXED);
  using _ = strangers();
  // Not the run of another test, whose process may be running now.
  const killed = { id: randomHex(8), account: 2, process: "" };
  await recordRun(folder.layout, killed, { holds: true });
  const run = await managerOf(folder).beginRun({ account: 4 });
  assertEquals(await namesIn(folder.layout.runs), [`key_run_4_${run.id}`]);
});

Deno.test("beginRun() reads some of many holds, and forgets all killed ones in the end", async () => {
  await using folder = await accountFolder(MIXED);
  using _ = strangers();
  for (let count = 0; count < 30; count++) {
    const killed = { id: randomHex(8), account: 2, process: "" };
    await recordRun(folder.layout, killed, { holds: true });
  }
  let read = 0;
  using _files = replaceFiles((real) => ({
    read(path, maxBytes) {
      if (path.includes("/key_run_")) read++;
      return real.read(path, maxBytes);
    },
  }));
  const manager = managerOf(folder);
  await manager.endRun(await manager.beginRun({ account: 4 }), { kind: "ok" });
  assert(read > 0 && read <= 8, `${read} holds`);
  for (let runs = 0; runs < 4; runs++) {
    await manager.endRun(await manager.beginRun({ account: 4 }));
  }
  assertEquals(await namesIn(folder.layout.runs), []);
});

Deno.test("beginRun() writes down which account a run apart from the link holds", async () => {
  await using folder = await accountFolder(MIXED);
  using _ = strangers();
  const manager = managerOf(folder);
  const run = await manager.beginRun({ account: 3, isApart: true });
  const { accounts, active } = await manager.overview();
  const runs = accounts.map((it) => [it.index, it.runs]);
  assertEquals(runs, [[1, 0], [2, 0], [3, 1], [4, 0]]);
  assertEquals(active, 1);
  await assertFails(() => manager.moveAccount(3, 9), "in-use");
  await manager.endRun(run, { kind: "ok" });
  assertEquals(await namesIn(folder.layout.runs), []);
});

for (const [kind, account] of [["oauth", 1], ["api-key", 2]] as const) {
  Deno.test(`beginRun() only chooses an account of the kind ${kind}`, async () => {
    await using folder = await accountFolder(MIXED);
    using _ = strangers();
    const manager = managerOf(folder);
    assertEquals((await manager.beginRun({ kind })).account, account);
    const other = account === 1 ? 2 : 1;
    await assertFails(
      () => manager.beginRun({ kind, account: other }),
      "wrong-kind",
      `Cannot use account ${other}: it does not have`,
    );
  });
}

Deno.test("beginRun() rejects when no account is of the kind", async () => {
  await using folder = await accountFolder({ keys: [1] });
  await assertFails(
    () => managerOf(folder).beginRun({ kind: "oauth" }),
    "wrong-kind",
    "none has a login",
  );
});
