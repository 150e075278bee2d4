import { assert, assertEquals, assertRejects } from "@std/assert";
import { UnsafeFileError } from "../../lib/errors.ts";
import { temporaryName } from "../../lib/store/names.ts";
import { slotPath } from "../../lib/store/slot_names.ts";
import { withSwitch } from "../../lib/store/state.ts";
import { loadState } from "../../lib/store/state_file.ts";
import {
  accountFolder,
  credential,
  modeOf,
  TIME,
} from "../support/account_folder.ts";
import { EVENT, unchanged, updated } from "./updating.ts";

const OF_NO_USE: Record<string, [string, string]> = {
  "it is empty": ["", "holds no mapping as the document"],
  "it is cut short": ["accounts: {account1: {", "is no YAML"],
  "it is NUL": ["\0\0\0\0", "is no YAML"],
  "it is of a future version": ["version: 7\n", "is of version 7"],
};

for (const [when, [content, problem]] of Object.entries(OF_NO_USE)) {
  Deno.test(`update() sets state.yaml aside and makes it anew when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 4], active: 4 });
    const { layout } = folder;
    await Deno.writeTextFile(layout.state, content, { mode: 0o600 });
    const notices: string[] = [];
    await updated(folder, unchanged, notices);

    const aside = "state.yaml.set-aside-20261121T083500123Z";
    const kept = await Deno.readTextFile(`${folder.path}/${aside}`);
    assertEquals(kept, content);
    const { state } = await loadState(layout);
    assertEquals(state.currentIndex, 4);
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

Deno.test("update() hides a loose state.yaml that it sets aside", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  await Deno.writeTextFile(folder.layout.state, "", { mode: 0o644 });
  await updated(folder, unchanged);
  const aside = "state.yaml.set-aside-20261121T083500123Z";
  assertEquals(await modeOf(`${folder.path}/${aside}`), "0600");
});

const FILES = ["state", "log", "lock"] as const;

for (const file of FILES) {
  Deno.test(`update() throws when the ${file} is a link, and leaves the target alone`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    await Deno.writeTextFile(`${folder.path}/target`, "precious");
    await Deno.symlink("target", folder.layout[file]);
    const run = () =>
      updated(folder, (locked) => {
        locked.record(EVENT);
        return { state: withSwitch(locked.state, 1, TIME), result: undefined };
      });
    await assertRejects(run, UnsafeFileError, "it is no file but a link");
    const target = await Deno.readTextFile(`${folder.path}/target`);
    assertEquals(target, "precious");
  });

  Deno.test(`update() tightens the ${file} and tells it once`, async () => {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    await updated(folder, (locked) => {
      locked.record(EVENT);
      return unchanged(locked);
    });
    const path = folder.layout[file];
    await Deno.chmod(path, 0o644);
    const notices: string[] = [];
    await updated(folder, unchanged, notices);
    await updated(folder, unchanged, notices);
    assertEquals(notices, [`tightened ${path} from 0644 to 0600`]);
    assertEquals(await modeOf(path), "0600");
  });
}

Deno.test("update() hands over what a killed process left", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const path = temporaryName(slotPath(folder.layout, 1));
  await folder.put(credential(1), path);
  const leftovers = await updated(folder, (locked) => ({
    state: locked.state,
    result: locked.leftovers,
  }));
  assertEquals(leftovers, [{ path, slot: 1 }]);
});
