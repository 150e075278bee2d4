import "../support/load_libc.ts";
import { assert, assertEquals } from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import { countingFiles } from "../support/counting_files.ts";
import { runtime } from "../../lib/system/mod.ts";
import { testHome } from "../support/home.ts";

const ACCOUNTS = { accounts: 2, baseUrl: "http://provider.invalid/v1" };

for (const canExchange of [true, false]) {
  const where = canExchange ? "can" : "cannot";
  Deno.test(`unlinkLogin() replaces the link with a copy where names ${where} be swapped`, async () => {
    await using home = await testHome(ACCOUNTS);
    const { files } = runtime;
    runtime.files = countingFiles(files, { canExchange });
    try {
      const accounts = new AccountManager({ dir: home.dir });
      assertEquals(await accounts.unlinkLogin(), 1);
    } finally {
      runtime.files = files;
    }
    const live = `${home.dir}/oauth_creds.json`;
    const { isFile, mode } = await Deno.lstat(live);
    assertEquals([isFile, (mode ?? 0) & 0o777], [true, 0o600]);
    assertEquals(
      await Deno.readTextFile(live),
      await Deno.readTextFile(home.slot(1)),
    );
    assertEquals(leftovers(home.dir), []);
  });
}

Deno.test("unlinkLogin() leaves the accounts so that account-qwen can use them again", async () => {
  await using home = await testHome(ACCOUNTS);
  const accounts = new AccountManager({ dir: home.dir });
  await accounts.unlinkLogin();
  const live = `${home.dir}/oauth_creds.json`;
  const refreshed = (await Deno.readTextFile(live))
    .replaceAll("secret-refresh-token-1", "new-refresh-token-1");
  await Deno.writeTextFile(live, refreshed); // as plain qwen does
  await accounts.switchTo(2);
  assertEquals(await home.link(), "accounts/oauth_creds_2.json");
  await accounts.switchTo(1);
  assertEquals(await Deno.readTextFile(home.slot(1)), refreshed);
});

Deno.test("unlinkLogin() changes nothing when there is no link", async () => {
  await using home = await testHome(ACCOUNTS);
  const accounts = new AccountManager({ dir: home.dir });
  await accounts.unlinkLogin();
  await Deno.remove(home.slot(1));
  await Deno.remove(home.slot(2));
  await Deno.remove(`${home.dir}/oauth_creds.json`);
  assertEquals(await accounts.unlinkLogin(), undefined);
  assert(!leftovers(home.dir).some((it) => it.endsWith(".tmp")));
});

function leftovers(dir: string): string[] {
  return [...Deno.readDirSync(dir)].map((it) => it.name)
    .filter((it) => it.startsWith("."));
}
