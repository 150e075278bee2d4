import { assertEquals } from "@std/assert";
import {
  addRun,
  listRuns,
  removeRun,
  type Run,
} from "../../lib/vault/settle/runs.ts";
import { accountFolder, modeOf } from "../support/account_folder.ts";

const RUN: Run = {
  id: "0123456789abcdef",
  account: 12,
  process: "boot/4026531836/4242/99",
};

Deno.test("listRuns() finds what addRun() wrote", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await addRun(folder.layout, RUN);
  assertEquals(await listRuns(folder.layout), [RUN]);
});

Deno.test("addRun() hides the run from other users", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  await addRun(layout, RUN);
  assertEquals(await modeOf(layout.runs), "0700");
  const path = `${layout.runs}/run_12_0123456789abcdef`;
  assertEquals(await modeOf(path), "0600");
});

Deno.test("listRuns() finds none when there was none", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  assertEquals(await listRuns(folder.layout), []);
});

Deno.test("listRuns() finds a run whose record was cut short", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  await addRun(layout, { ...RUN, process: "" });
  assertEquals(await listRuns(layout), [{ ...RUN, process: "" }]);
});

Deno.test("listRuns() skips names that do not belong to a run", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  await addRun(layout, RUN);
  for (const name of ["run_0_0123456789abcdef", "run_1_012", "x", ".swp"]) {
    await Deno.writeTextFile(`${layout.runs}/${name}`, "1/2/3/4");
  }
  assertEquals(await listRuns(layout), [RUN]);
});

const STRANGE: Record<string, (path: string) => Promise<void>> = {
  "too large": (path) => Deno.writeTextFile(path, "x".repeat(10_000)),
  "a folder": (path) => Deno.mkdir(path),
  "a link to itself": (path) => Deno.symlink(path, path),
};

for (const [what, make] of Object.entries(STRANGE)) {
  Deno.test(`listRuns() still finds the other runs when a record is ${what}`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    const { layout } = folder;
    await addRun(layout, RUN);
    await make(`${layout.runs}/run_3_ffffffffffffffff`);
    const runs = await listRuns(layout);
    assertEquals(runs.filter((it) => it.account === RUN.account), [RUN]);
  });
}

Deno.test("removeRun() forgets that run and no other one", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  const other = { ...RUN, id: "fedcba9876543210" };
  await addRun(layout, RUN);
  await addRun(layout, other);
  await removeRun(layout, RUN);
  assertEquals(await listRuns(layout), [other]);
});

Deno.test("removeRun() does nothing when the run is already forgotten", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await removeRun(folder.layout, RUN);
  assertEquals(await listRuns(folder.layout), []);
});
