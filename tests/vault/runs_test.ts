import { assertEquals } from "@std/assert";
import { runtime } from "../../lib/system/mod.ts";
import { accountFolder, modeOf } from "../support/account_folder.ts";
import { strangers } from "../support/strangers.ts";
import { recordRun, runRecords } from "../support/run_records.ts";
import { managerOf } from "../accounts/managers.ts";

const ACCOUNTS = { accounts: [1, 12], active: 12 };

/** A run of account 12 that is under way for as long as this process. */
const RUN = {
  id: "0123456789abcdef",
  account: 12,
  process: runtime.host.identify(Deno.pid) ?? "",
};

Deno.test("the record of a run is hidden from other users", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  using _ = strangers();
  const { layout } = folder;
  const { id } = await managerOf(folder).beginRun();
  assertEquals(await modeOf(layout.runs), "0700");
  assertEquals(await modeOf(`${layout.runs}/run_12_${id}`), "0600");
});

Deno.test("the end of a run removes no record of another one", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  using _ = strangers();
  await recordRun(folder.layout, RUN);
  const manager = managerOf(folder);
  await manager.endRun(await manager.beginRun());
  assertEquals(await runRecords(folder.layout), [RUN]);
});

type Make = (runs: string) => Promise<void>;

const STRANGE: Record<string, Make> = {
  "with names that do not belong to a run": async (runs) => {
    for (const name of ["run_0_0123456789abcdef", "run_1_012", "x", ".swp"]) {
      await Deno.writeTextFile(`${runs}/${name}`, "1/2/3/4");
    }
  },
  "that are too large": (runs) =>
    Deno.writeTextFile(`${runs}/run_1_ffffffffffffffff`, "x".repeat(10_000)),
  "that are folders": (runs) => Deno.mkdir(`${runs}/run_1_ffffffffffffffff`),
  "that are links to themselves": (runs) =>
    Deno.symlink(
      `${runs}/run_1_ffffffffffffffff`,
      `${runs}/run_1_ffffffffffffffff`,
    ),
};

for (const [what, make] of Object.entries(STRANGE)) {
  Deno.test(`a run that is under way is found beside records ${what}`, async () => {
    await using folder = await accountFolder(ACCOUNTS);
    using _ = strangers();
    await recordRun(folder.layout, RUN);
    await make(folder.layout.runs);
    const { accounts } = await managerOf(folder).overview();
    assertEquals(accounts.map((it) => [it.index, it.runs]), [[1, 0], [12, 1]]);
  });
}
