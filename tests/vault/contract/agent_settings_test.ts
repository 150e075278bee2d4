import { assertEquals } from "@std/assert";
import { saveSettings } from "../../../lib/vault/agent_settings.ts";
import { accountFolder, namesIn } from "../../support/account_folder.ts";
import { replaceFiles } from "../../support/files.ts";

const DAY_MS = 86_400_000;

Deno.test("saveSettings() removes files older than a day when it writes", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  const old = `${layout.accounts}/cli_key_settings.json`;
  await Deno.writeTextFile(old, "{}");
  const outdated = await saveSettings(layout, "defaults", { a: 1 });
  const recent = await saveSettings(layout, "key_settings", { a: 1 });
  const now = Date.now();
  for (const path of [old, outdated]) {
    await Deno.utime(
      path,
      (now - DAY_MS) / 1_000 - 1,
      (now - DAY_MS) / 1_000 - 1,
    );
  }
  const path = await saveSettings(layout, "key_settings", { a: 2 });
  const names = await namesIn(layout.accounts);
  assertEquals(
    names.map((it) => `${layout.accounts}/${it}`),
    [...[recent, path].sort(), `${layout.accounts}/oauth_creds_1.json`],
  );
});

Deno.test("saveSettings() writes a file once when many runs start at once", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  let written = 0;
  using _ = replaceFiles((real) => ({
    create(...args) {
      written++;
      return real.create(...args);
    },
  }));
  await Promise.all(
    Array.from(
      { length: 5 },
      () => saveSettings(folder.layout, "defaults", {}),
    ),
  );
  assertEquals(written, 1);
});

Deno.test("saveSettings() rewrites a file that would be too old before the run has ended", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  const path = await saveSettings(layout, "defaults", {});
  const write = async (now: number) => {
    const { ino } = await Deno.stat(path);
    assertEquals(await saveSettings(layout, "defaults", {}, { now }), path);
    return (await Deno.stat(path)).ino !== ino;
  };
  assertEquals(await write(Date.now() + DAY_MS / 4), false);
  assertEquals(await write(Date.now() + 0.75 * DAY_MS), true);
});
