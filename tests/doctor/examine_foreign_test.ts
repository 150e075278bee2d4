import { assertEquals } from "@std/assert";
import { slotPath, temporaryName } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
} from "../support/account_folder.ts";
import { run } from "../support/cli.ts";
import { replaceFiles } from "../support/files.ts";
import { stashed } from "../support/stashed.ts";
import { strangers } from "../support/strangers.ts";
import { refresh, refreshed } from "../accounts/agent_writes.ts";
import { findingsIn } from "./findings.ts";
import { linkOf, managerOf } from "../accounts/managers.ts";

const ACCOUNTS = {
  accounts: [1, 2],
  active: 1,
  state: { current_index: 1, linked: true },
};

const OTHER_USER = (Deno.uid() ?? 0) + 1;

/** Each creates a file and returns its path. */
const FOREIGN: Record<string, (folder: AccountFolder) => Promise<string>> = {
  "a stashed login": async (folder) =>
    `${folder.layout.stash}/${await stashed(folder, refreshed(1), [1])}`,
  "a temporary name of the agent": async ({ path, put }) => {
    const temporary = `${path}/oauth_creds.json.tmp.evil`;
    await put(refreshed(1), temporary);
    await Deno.utime(temporary, 0, 0);
    return temporary;
  },
  "a temporary name of a slot": async ({ layout, put }) => {
    const temporary = temporaryName(slotPath(layout, 3));
    await put(refreshed(3), temporary);
    return temporary;
  },
  "a temporary name of the live file": async ({ layout, put }) => {
    const temporary = temporaryName(layout.live);
    await put(refreshed(1), temporary);
    return temporary;
  },
};

/** Makes `foreign` seem to belong to another user; only root could do it. */
function owned(foreign: string): Disposable {
  return replaceFiles((real) => ({
    info: async (path) => {
      const info = await real.info(path);
      return info && path === foreign ? { ...info, uid: OTHER_USER } : info;
    },
    read: (path, maxBytes) => {
      if (path !== foreign) return real.read(path, maxBytes);
      return Promise.reject(Object.assign(new Error(), { code: "EACCES" }));
    },
  }));
}

for (const [what, plant] of Object.entries(FOREIGN)) {
  Deno.test(`examine() says how to fix it when ${what} belongs to another user`, async () => {
    await using folder = await accountFolder(ACCOUNTS);
    const path = await plant(folder);
    using _ = owned(path);
    const [finding, ...others] = await findingsIn(folder);
    assertEquals(others, []);
    assertEquals(finding?.problem, `${path} belongs to user ${OTHER_USER}`);
    await run("sh", ["-c", finding?.mend ?? ""], { home: folder.path });
    assertEquals(await Deno.lstat(path).catch(() => "gone"), "gone");
    assertEquals(await findingsIn(folder), []);
  });

  Deno.test(`repair() does not touch ${what} that belongs to another user`, async () => {
    await using folder = await accountFolder(ACCOUNTS);
    using _strangers = strangers();
    const path = await plant(folder);
    const before = await Deno.readFile(path);
    using _ = owned(path);
    await managerOf(folder).repair();
    assertEquals(await Deno.readFile(path), before);
    assertEquals(await folder.slot(1), credential(1));
    assertEquals((await managerOf(folder).listAccounts()).length, 2);
  });
}

if (Deno.uid() === 0) {
  Deno.test("examine() names a command that restores the link when the live file belongs to another user", async () => {
    await using folder = await accountFolder(ACCOUNTS);
    const { live } = folder.layout;
    refresh(folder, refreshed(1));
    await Deno.chown(live, 1000, 1000);
    assertEquals(await findingsIn(folder), [{
      check: "modes",
      problem: `${live} belongs to user 1000`,
      mend: `mv ${live} ${live}.away && ` +
        `ln -s accounts/oauth_creds_1.json ${live}`,
    }]);
    await Deno.rename(live, `${live}.away`);
    await Deno.symlink("accounts/oauth_creds_1.json", live);
    await managerOf(folder, { clock: "real" }).switchTo(1);
    assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
    assertEquals(await findingsIn(folder), []);
  });

  Deno.test("examine() names a command that restores the last login when a slot belongs to another user", async () => {
    await using folder = await accountFolder(ACCOUNTS);
    const slot = slotPath(folder.layout, 2);
    await folder.renew(2, refreshed(2));
    await Deno.chown(slot, 1000, 1000);
    const [finding, ...others] = await findingsIn(folder);
    assertEquals(others, []);
    const away = `mv ${slot} ${slot}.away`;
    assertEquals(finding?.mend, `${away} && account-qwen restore 2`);
    await Deno.rename(slot, `${slot}.away`);
    await managerOf(folder).restore(2);
    assertEquals(await folder.slot(2), refreshed(2));
    assertEquals(await findingsIn(folder), []);
  });
}

Deno.test("examine() names an unused path when the usual one is taken", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const { log } = folder.layout;
  await Deno.symlink("/dev/null", log);
  await Deno.writeTextFile(`${log}.away`, "precious");
  const [finding] = await findingsIn(folder);
  assertEquals(finding?.mend, `mv ${log} ${log}.away2`);
});
