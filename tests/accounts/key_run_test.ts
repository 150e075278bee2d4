import { assertEquals, assertRejects } from "@std/assert";
import { WrongKindError } from "../../lib/run_errors.ts";
import { randomHex } from "../../lib/disk/names.ts";
import { addKeyRun } from "../../lib/vault/settle/runs.ts";
import { accountState } from "../../lib/ledger/state.ts";
import { loadState } from "../../lib/ledger/state_file.ts";
import { accountFolder, namesIn } from "../support/account_folder.ts";
import { strangers } from "../support/strangers.ts";
import { managerOf } from "./managers.ts";

const MIXED = { accounts: [1, 3], keys: [2, 4], active: 1 };

Deno.test("endRun() records nothing for a key account that was removed meanwhile", async () => {
  await using folder = await accountFolder(MIXED);
  using _ = strangers();
  const manager = managerOf(folder);
  const run = await manager.beginRun({ account: 2 });
  await manager.removeAccount(2);
  await manager.endRun(run, { kind: "quota" });
  const { state } = await loadState(folder.layout);
  assertEquals(accountState(state, 2).cooldowns, []);
  assertEquals(await namesIn(folder.layout.runs), []);
});

Deno.test("beginRun() forgets the runs with a key that were killed", async () => {
  await using folder = await accountFolder(MIXED);
  using _ = strangers();
  // Not the run of another test, whose process may be running now.
  const killed = { id: randomHex(8), account: 2, process: "" };
  await addKeyRun(folder.layout, killed);
  const run = await managerOf(folder).beginRun({ account: 4 });
  assertEquals(await namesIn(folder.layout.runs), [`key_run_4_${run.id}`]);
});

for (const [kind, account] of [["oauth", 1], ["api-key", 2]] as const) {
  Deno.test(`beginRun() only chooses an account of the kind ${kind}`, async () => {
    await using folder = await accountFolder(MIXED);
    using _ = strangers();
    const manager = managerOf(folder);
    assertEquals((await manager.beginRun({ kind })).account, account);
    const other = account === 1 ? 2 : 1;
    await assertRejects(
      () => manager.beginRun({ kind, account: other }),
      WrongKindError,
      `Cannot use account ${other}: it does not have`,
    );
  });
}

Deno.test("beginRun() rejects when no account is of the kind", async () => {
  await using folder = await accountFolder({ keys: [1] });
  await assertRejects(
    () => managerOf(folder).beginRun({ kind: "oauth" }),
    WrongKindError,
    "none has a login",
  );
});
