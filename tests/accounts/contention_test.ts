import { assert, assertEquals } from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import {
  accountFolder,
  credential,
  namesIn,
} from "../support/account_folder.ts";
import { runSwitchers } from "../support/switchers.ts";
import { realSystem } from "../../lib/system/system.ts";

const PROCESSES = 32;
const TIMES = 25;
const TOTAL = PROCESSES * TIMES;

Deno.test(`AccountManager loses no switch when ${PROCESSES} processes switch ${TIMES} times each`, async () => {
  const accounts = [1, 2, 3, 4, 5];
  const options = { accounts, active: 1, inMemory: true };
  await using folder = await accountFolder(options);
  const { path, layout } = folder;
  await Deno.writeTextFile(layout.lock, "", { mode: 0o600 });
  const { ino } = await Deno.stat(layout.lock);

  const watch = watchLink(layout.live);
  const results = await runSwitchers(PROCESSES, { dir: path, times: TIMES })
    .finally(() => watch.end());
  const { looks, failures } = await watch.result;

  assertEquals(failures, []);
  assert(looks >= 50, `only ${looks} looks at the link`);
  assertEquals(results.filter((it) => it.switched).length, TOTAL);

  const stats = await new AccountManager({ dir: path }).getStats();
  assertEquals(stats.switchesTotal, TOTAL);
  const counts = stats.accounts.map((it) => it.switchesCount);
  assertEquals(counts, accounts.map(() => TOTAL / accounts.length));

  const events = await folder.events();
  assertEquals(events.length, TOTAL);
  let active: unknown = 1;
  for (const { from, to } of events) {
    assertEquals(from, active);
    active = to;
  }
  assertEquals(stats.currentIndex, active);
  assertEquals((await Deno.stat(layout.lock)).ino, ino);
  for (const it of accounts) {
    assertEquals(await folder.slot(it), credential(it));
  }
  assertEquals(
    await namesIn(path),
    [
      "accounts",
      "oauth_creds.json",
      "rotation.log",
      "state.yaml",
      "state.yaml.lock",
    ],
  );
});

/** Checks repeatedly that the link points to a credential. */
function watchLink(path: string) {
  const failures: unknown[] = [];
  let looks = 0;
  let isOn = true;
  const result = (async () => {
    while (isOn) {
      looks++;
      try {
        JSON.parse(await Deno.readTextFile(path));
      } catch (error) {
        failures.push(error);
      }
      await realSystem.sleep(1); // leaves the processors to the switchers
    }
    return { looks, failures };
  })();
  return {
    result,
    end() {
      isOn = false;
    },
  };
}
