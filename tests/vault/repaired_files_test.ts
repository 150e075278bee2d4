import { assert, assertEquals, assertRejects } from "@std/assert";
import { accountFolder, modeOf } from "../support/account_folder.ts";
import { noSpace, replaceFiles } from "../support/files.ts";
import { managerOf } from "../accounts/managers.ts";
import { settled } from "../accounts/watched.ts";
import { assertFails } from "../support/assert_fails.ts";

const UNUSABLE: Record<string, [string, string]> = {
  "it is empty": ["", "is not a mapping"],
  "it is cut short": ["accounts: {account1: {", "is not valid YAML"],
  "it has only NUL bytes": ["\0\0\0\0", "is not valid YAML"],
  "its version is unknown": ["version: 7\n", "has version 7, "],
};

for (const [when, [content, problem]] of Object.entries(UNUSABLE)) {
  Deno.test(`a change moves state.yaml aside and rebuilds it when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 4], active: 4 });
    const { layout } = folder;
    await Deno.writeTextFile(layout.state, content, { mode: 0o600 });
    const { notices, state } = await settled(folder);

    const aside = "state.yaml.set-aside-20261121T083500000Z";
    const kept = await Deno.readTextFile(`${folder.path}/${aside}`);
    assertEquals(kept, content);
    assertEquals(state.total_accounts, 2);
    assertEquals(notices.length, 1);
    assert(notices[0]?.startsWith(`state.yaml ${problem}`), notices[0]);
    assert(notices[0]?.includes(aside), notices[0]);
    const [event, ...others] = await folder.events();
    assertEquals(others, []);
    assertEquals(event?.event, "state_rebuilt");
    assertEquals(event?.to, 4);
  });
}

Deno.test("a change makes a state.yaml private that it moves aside", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  await Deno.writeTextFile(folder.layout.state, "", { mode: 0o644 });
  await settled(folder);
  const aside = "state.yaml.set-aside-20261121T083500000Z";
  assertEquals(await modeOf(`${folder.path}/${aside}`), "0600");
});

const FILES = ["state", "log", "lock"] as const;

for (const file of FILES) {
  Deno.test(`a change throws when the ${file} is a link, and leaves the target alone`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    await Deno.writeTextFile(`${folder.path}/target`, "precious");
    await Deno.symlink("target", folder.layout[file]);
    await assertFails(
      () => managerOf(folder).setCooldown(1, 60_000),
      "unsafe-file",
      "it is a symbolic link, not a file",
    );
    const target = await Deno.readTextFile(`${folder.path}/target`);
    assertEquals(target, "precious");
  });

  Deno.test(`a change tightens the mode of the ${file} and says so once`, async () => {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    await managerOf(folder).setCooldown(1, 60_000);
    const path = folder.layout[file];
    await Deno.chmod(path, 0o644);
    const first = await settled(folder);
    const second = await settled(folder);
    assertEquals([...first.notices, ...second.notices], [
      `tightened ${path} from 0644 to 0600`,
    ]);
    assertEquals(await modeOf(path), "0600");
  });
}

Deno.test("a change leaves state.yaml alone when it cannot be moved aside", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { layout } = folder;
  await Deno.writeTextFile(layout.state, "version: 7\n", { mode: 0o600 });
  using _ = replaceFiles((real) => ({
    rename: (from, to) =>
      from === layout.state ? Promise.reject(noSpace()) : real.rename(from, to),
  }));
  await assertRejects(() => settled(folder), Error, "No space left");
  assertEquals(await Deno.readTextFile(layout.state), "version: 7\n");
});

Deno.test("a change throws and leaves state.yaml alone when it cannot be read", async () => {
  await using folder = await accountFolder({
    accounts: [1],
    active: 1,
    state: { current_index: 1, switches_total: 7 },
  });
  const { state } = folder.layout;
  const before = await Deno.readTextFile(state);
  using _ = replaceFiles((real) => ({
    read: (path, maxBytes) => {
      if (path !== state) return real.read(path, maxBytes);
      return Promise.reject(Object.assign(new Error(), { code: "EACCES" }));
    },
  }));
  await assertFails(() => settled(folder), "unsafe-file");
  assertEquals(await Deno.readTextFile(state), before);
});
