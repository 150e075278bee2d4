import { assertEquals } from "@std/assert";
import { accountFolder } from "../support/account_folder.ts";
import { runSwitchers } from "../support/switchers.ts";

Deno.test("switches never let the live file disappear", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  const { path, layout: { live } } = folder;
  let isSwitching = true;
  const switching = runSwitchers(1, { dir: path, times: 300 })
    .finally(() => isSwitching = false);
  const seen = new Set<string>();
  const bad: unknown[] = [];
  while (isSwitching) {
    await Deno.readLink(live).then((it) => seen.add(it), (it) => bad.push(it));
    await Deno.readTextFile(live).then(JSON.parse).catch((it) => bad.push(it));
  }
  await switching;
  assertEquals(bad, []);
  assertEquals(
    [...seen].sort(),
    [1, 2, 3].map((it) => `accounts/oauth_creds_${it}.json`),
  );
});
