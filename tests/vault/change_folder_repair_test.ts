import { assert, assertEquals, assertRejects } from "@std/assert";
import { temporaryName } from "../../lib/disk/names.ts";
import { addRun } from "../../lib/vault/settle/runs.ts";
import { slotPath } from "../../lib/disk/slot_names.ts";
import { loadState } from "../../lib/ledger/state_file.ts";
import {
  accountFolder,
  credential,
  modeOf,
} from "../support/account_folder.ts";
import { noSpace, replaceFiles } from "../support/files.ts";
import { EVENT, unchanged, updated } from "./updating.ts";
import { assertFails } from "../support/assert_fails.ts";

const UNUSABLE: Record<string, [string, string]> = {
  "it is empty": ["", "is not a mapping"],
  "it is cut short": ["accounts: {account1: {", "is not valid YAML"],
  "it is NUL": ["\0\0\0\0", "is not valid YAML"],
  "its version is from the future": ["version: 7\n", "has version 7, "],
};

for (const [when, [content, problem]] of Object.entries(UNUSABLE)) {
  Deno.test(`changeFolder() sets state.yaml aside and rebuilds it when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 4], active: 4 });
    const { layout } = folder;
    await Deno.writeTextFile(layout.state, content, { mode: 0o600 });
    const notices: string[] = [];
    await updated(folder, unchanged, notices);

    const aside = "state.yaml.set-aside-20261121T083500000Z";
    const kept = await Deno.readTextFile(`${folder.path}/${aside}`);
    assertEquals(kept, content);
    const { state } = await loadState(layout);
    assertEquals(state.totalAccounts, 2);
    assertEquals(notices.length, 1);
    assert(notices[0]?.startsWith(`state.yaml ${problem}`), notices[0]);
    assert(notices[0]?.includes(aside), notices[0]);
    const [event, ...others] = await folder.events();
    assertEquals(others, []);
    assertEquals(event?.event, "state_rebuilt");
    assertEquals(event?.to, 4);
  });
}

Deno.test("changeFolder() makes a state.yaml private that it sets aside", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  await Deno.writeTextFile(folder.layout.state, "", { mode: 0o644 });
  await updated(folder, unchanged);
  const aside = "state.yaml.set-aside-20261121T083500000Z";
  assertEquals(await modeOf(`${folder.path}/${aside}`), "0600");
});

const FILES = ["state", "log", "lock"] as const;

for (const file of FILES) {
  Deno.test(`changeFolder() throws when the ${file} is a link, and leaves the target alone`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    await Deno.writeTextFile(`${folder.path}/target`, "precious");
    await Deno.symlink("target", folder.layout[file]);
    const run = () =>
      updated(folder, (locked) => {
        locked.record(EVENT);
        locked.ledger.countSwitch(1);
      });
    await assertFails(
      run,
      "unsafe-file",
      "it is a symbolic link, not a file",
    );
    const target = await Deno.readTextFile(`${folder.path}/target`);
    assertEquals(target, "precious");
  });

  Deno.test(`changeFolder() tightens the mode of the ${file} and says so once`, async () => {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    await updated(folder, ({ record }) => record(EVENT));
    const path = folder.layout[file];
    await Deno.chmod(path, 0o644);
    const notices: string[] = [];
    await updated(folder, unchanged, notices);
    await updated(folder, unchanged, notices);
    assertEquals(notices, [`tightened ${path} from 0644 to 0600`]);
    assertEquals(await modeOf(path), "0600");
  });
}

Deno.test("changeFolder() hands over what a killed process left", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const path = temporaryName(slotPath(folder.layout, 1));
  await folder.put(credential(1), path);
  const leftovers = await updated(folder, (locked) => locked.leftovers);
  assertEquals(leftovers, [{ path, slot: 1, kind: "credential" }]);
});

Deno.test("changeFolder() hands over the runs that are in progress", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const run = { id: "0123456789abcdef", account: 1, process: "a process" };
  await addRun(folder.layout, run);
  assertEquals(await updated(folder, (locked) => locked.runs), [run]);
});

Deno.test("changeFolder() leaves state.yaml as it is when it cannot be set aside", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { layout } = folder;
  await Deno.writeTextFile(layout.state, "version: 7\n", { mode: 0o600 });
  using _ = replaceFiles((real) => ({
    rename: (from, to) =>
      from === layout.state ? Promise.reject(noSpace()) : real.rename(from, to),
  }));
  await assertRejects(() => updated(folder, unchanged), Error, "No space left");
  assertEquals(await Deno.readTextFile(layout.state), "version: 7\n");
});

Deno.test("changeFolder() throws and leaves state.yaml alone when it cannot be read", async () => {
  await using folder = await accountFolder({
    accounts: [1],
    active: 1,
    state: { currentIndex: 1, switchesTotal: 7 },
  });
  const { state } = folder.layout;
  const before = await Deno.readTextFile(state);
  using _ = replaceFiles((real) => ({
    read: (path, maxBytes) => {
      if (path !== state) return real.read(path, maxBytes);
      return Promise.reject(Object.assign(new Error(), { code: "EACCES" }));
    },
  }));
  await assertFails(() => updated(folder, unchanged), "unsafe-file");
  assertEquals(await Deno.readTextFile(state), before);
});
