import { assertEquals } from "@std/assert";
import { accountFolder } from "../support/account_folder.ts";
import { makePipe } from "../support/pipe.ts";
import { runDenoFixture } from "../support/runtimes.ts";
import { runSwitchers } from "../support/switchers.ts";

Deno.test("switchNext() switches once when 8 processes saw the same account", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  const { path } = folder;
  const results = await runSwitchers(8, { dir: path, times: 1, from: 1 });
  assertEquals(results.length, 8);
  assertEquals(results.filter((it) => it.switched).length, 1);
  assertEquals([...new Set(results.map((it) => it.to))], [2]);
  assertEquals((await folder.events()).length, 1);
});

Deno.test("switchNext() does not wait for a writer when a pipe is in the live file's place", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  const { path, layout } = folder;
  await makePipe(layout.live);
  const { code } = await runDenoFixture(
    "switch_accounts.ts",
    [path, "1"],
    { home: path, timeoutMs: 5_000 },
  );
  assertEquals(code, 0);
  assertEquals(
    await Deno.readLink(layout.live),
    "accounts/oauth_creds_1.json",
  );
});
