import { assertEquals, assertRejects } from "@std/assert";
import { writeAtomic } from "../../lib/disk/files.ts";
import { slotPath, temporaryName } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  modeOf,
} from "../support/account_folder.ts";
import { replaceFiles } from "../support/files.ts";
import { strangers } from "../support/strangers.ts";
import { refresh, refreshed } from "../accounts/agent_writes.ts";
import { linkOf, managerOf } from "../accounts/managers.ts";
import { assertFails } from "../support/assert_fails.ts";
import { exists } from "../support/exists.ts";

const VICTIM = "victim.json";

const WRITES: Record<string, (folder: AccountFolder) => Promise<unknown>> = {
  "writeAtomic()": ({ layout }) => writeAtomic(layout.state, credential(1)),
  "restore()": async (folder) => {
    await folder.keep(1, refreshed(1));
    await managerOf(folder).restore(1);
  },
};

for (const [what, write] of Object.entries(WRITES)) {
  Deno.test(`${what} follows no link that is planted at its temporary name`, async () => {
    await using folder = await folderWithVictim();
    const victim = `${folder.path}/${VICTIM}`;
    using _ = replaceFiles((real) => ({
      async create(path, bytes, mode) {
        if (path.endsWith(".tmp")) await Deno.symlink(victim, path);
        await real.create(path, bytes, mode);
      },
    }));
    await assertRejects(() => write(folder), Deno.errors.AlreadyExists);
    await assertUntouched(folder);
  });
}

Deno.test("switchTo() removes a link at a temporary name, but not its target", async () => {
  await using folder = await folderWithVictim();
  const planted = temporaryName(slotPath(folder.layout, 1));
  await Deno.symlink(`../${VICTIM}`, planted);
  await managerOf(folder).switchTo(2);
  await assertUntouched(folder);
  assertEquals(await exists(planted), false);
});

const AT_TEMPORARY_NAMES: Record<
  string,
  (folder: AccountFolder) => Promise<string>
> = {
  "the state": ({ layout }) => planted(layout.state),
  "a slot": ({ layout }) => planted(slotPath(layout, 1)),
  "the live file": ({ layout }) => planted(layout.live),
};

for (const [what, plant] of Object.entries(AT_TEMPORARY_NAMES)) {
  Deno.test(`switchTo() works when a folder is planted at a temporary name of ${what}`, async () => {
    await using folder = await folderWithVictim();
    await plant(folder);
    await managerOf(folder).switchTo(2);
    assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
  });
}

Deno.test("switchTo() throws when the slot is a link, and leaves the previous link", async () => {
  await using folder = await folderWithVictim();
  await plantSlot(folder, 2);
  await assertFails(
    () => managerOf(folder).switchTo(2),
    "unsafe-file",
    "it is a symbolic link, not a file",
  );
  assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
  await assertUntouched(folder);
});

Deno.test("switchTo() does not write to the target of a slot when a login is moved there", async () => {
  await using folder = await folderWithVictim();
  using _strangers = strangers();
  const manager = managerOf(folder);
  await manager.switchTo(1);
  await plantSlot(folder, 2);
  refresh(folder, credential(7, { accessToken: "next" }));
  await manager.switchTo(1);
  await assertUntouched(folder);
});

for (const place of ["generations", "stash", "runs"] as const) {
  Deno.test(`no credential leaves the folder when ${place} is a link to another one`, async () => {
    await using folder = await folderWithVictim();
    using _strangers = strangers();
    const outside = `${folder.path}-outside`;
    await Deno.mkdir(outside);
    await Deno.chmod(outside, 0o755);
    await Deno.symlink(outside, folder.layout[place]);
    const manager = managerOf(folder);
    await manager.beginRun().catch(() => {});
    refresh(folder, refreshed(1).subarray(0, 60));
    await manager.switchTo(2).catch(() => {});
    const names = await Array.fromAsync(Deno.readDir(outside), (it) => it.name);
    assertEquals({ names, mode: await modeOf(outside) }, {
      names: [],
      mode: "0755",
    });
  });
}

if (Deno.uid() === 0) {
  const FILES: Record<string, (folder: AccountFolder) => string> = {
    "the folder": ({ path }) => path,
    "the folder of the slots": ({ layout }) => layout.accounts,
    "the slot": ({ layout }) => slotPath(layout, 2),
    "state.yaml": ({ layout }) => layout.state,
    "rotation.log": ({ layout }) => layout.log,
    "the lock": ({ layout }) => layout.lock,
  };

  for (const [what, pathOf] of Object.entries(FILES)) {
    Deno.test(`switchTo() throws and switches nothing when ${what} belongs to another user`, async () => {
      await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
      const manager = managerOf(folder);
      await manager.switchTo(2);
      await manager.switchTo(1);
      const path = pathOf(folder);
      await Deno.chown(path, 1000, 1000);
      await assertFails(
        () => manager.switchTo(2),
        "unsafe-file",
        `Cannot use "${await Deno.realPath(path)}": it belongs to user 1000`,
      );
      assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
    });
  }

  Deno.test("switchTo() puts a login that belongs to another user into no slot", async () => {
    await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
    using _strangers = strangers();
    const manager = managerOf(folder);
    await manager.switchTo(1);
    refresh(folder, refreshed(1));
    await Deno.chown(folder.layout.live, 1000, 1000);
    await manager.switchTo(2).catch(() => {});
    assertEquals(await folder.slot(1), credential(1));
    assertEquals(await folder.slot(2), credential(2));
  });
}

/** A file outside the slots that an attacker wants us to write to. */
async function folderWithVictim(): Promise<AccountFolder> {
  const folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await folder.put(credential(7), `${folder.path}/${VICTIM}`);
  await Deno.chmod(`${folder.path}/${VICTIM}`, 0o644);
  return folder;
}

async function assertUntouched({ path }: AccountFolder): Promise<void> {
  const victim = `${path}/${VICTIM}`;
  assertEquals(await Deno.readFile(victim), credential(7));
  assertEquals(await modeOf(victim), "0644");
}

/** Makes the slot of account `index` a link to the victim. */
async function plantSlot(
  { layout }: AccountFolder,
  index: number,
): Promise<void> {
  await Deno.remove(slotPath(layout, index));
  await Deno.symlink(`../${VICTIM}`, slotPath(layout, index));
}

/** Makes a non-empty folder at a temporary name of `path`. */
async function planted(path: string): Promise<string> {
  const name = temporaryName(path);
  await Deno.mkdir(`${name}/inner`, { recursive: true });
  return name;
}
