import { assert, assertEquals } from "@std/assert";
import { Doctor } from "../../lib/doctor/doctor.ts";
import { temporaryName } from "../../lib/disk/names.ts";
import { realSystem } from "../../lib/system/system.ts";
import { describeTree } from "../support/describe_tree.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
} from "../support/account_folder.ts";
import { replaceFiles } from "../support/files.ts";
import { startLockProgram } from "../support/lock_programs.ts";
import { runSwitchers } from "../support/switchers.ts";
import { testWith } from "../support/needs.ts";

const test = await testWith("python3");

Deno.test("overview() reports trouble and reads state.yaml once", async () => {
  await using folder = await accountFolder({ keys: [1, 2] });
  const { path: dir, layout } = folder;
  await Deno.writeTextFile(layout.state, "\0");
  let reads = 0;
  using _ = replaceFiles(({ read }) => ({
    read: (path, most) => {
      if (path === layout.state) reads++;
      return read(path, most);
    },
  }));
  const said: string[] = [];
  const notify = (text: string) => void said.push(text);
  await new Doctor({ dir, notify }).overview({ tellsOfTrouble: true });
  assertEquals([reads, said.length], [1, 1]);
});

const READERS = [
  "listAccounts",
  "getStats",
  "hasUnlinkedLogin",
  "examine",
] as const;

const FOLDERS: Record<string, (folder: AccountFolder) => Promise<void>> = {
  "all is well": ({ path }) => new Doctor({ dir: path }).switchTo(2).then(),
  "there is no state yet": () => Promise.resolve(),
  "the state is unusable": ({ layout }) =>
    Deno.writeTextFile(layout.state, "\0"),
  "the modes are loose": async ({ layout }) => {
    await Deno.chmod(layout.accounts, 0o755);
    await Deno.chmod(`${layout.accounts}/oauth_creds_1.json`, 0o644);
  },
  "the agent has its own login": ({ put }) => put(credential(9)),
  "there are leftovers": ({ layout, put }) =>
    put(credential(1), temporaryName(layout.live)),
  "a run is in progress": ({ path }) =>
    new Doctor({ dir: path }).beginRun().then(),
  "there is a stash": async ({ layout, put }) => {
    await Deno.mkdir(layout.stash);
    await put(credential(9), `${layout.stash}/oauth_creds.json`);
  },
};

for (const [when, prepare] of Object.entries(FOLDERS)) {
  test(`AccountManager answers, writes nothing and needs no lock when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
    await prepare(folder);
    const { path, layout } = folder;
    await using holder = await startLockProgram("python3", layout.lock);
    assert(holder.locked);
    const manager = new Doctor({ dir: path, lockTimeoutMs: 0 });
    const before = await describeTree(path);
    for (const read of READERS) await manager[read]();
    assertEquals(await describeTree(path), before);
  });
}

Deno.test("listAccounts() reads complete states while others switch", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  const manager = new Doctor({
    dir: folder.path,
    notify: (it) => {
      throw new Error(it);
    },
  });
  let isSwitching = true;
  const switching = runSwitchers(1, { dir: folder.path, times: 100 })
    .finally(() => isSwitching = false);
  const seen = new Set<number | undefined>();
  while (isSwitching) {
    const accounts = await manager.listAccounts();
    assertEquals(accounts.map((it) => it.problem), Array(3).fill(undefined));
    const active = accounts.filter((it) => it.active);
    assertEquals(active.length, 1);
    seen.add(active[0]?.index);
    await realSystem.sleep(1); // leaves the processor to the switcher
  }
  await switching;
  assert(seen.size > 1);
});
