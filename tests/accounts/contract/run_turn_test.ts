import { assertEquals } from "@std/assert";
import { Overflow } from "../../../lib/accounts/pool/overflow.ts";
import { RunTurn } from "../../../lib/accounts/pool/run_turn.ts";
import { BusyError } from "../../../lib/errors.ts";
import { realSystem } from "../../../lib/system/system.ts";
import { accountFolder, NOW } from "../../support/account_folder.ts";
import { assertFails } from "../../support/assert_fails.ts";
import { runRecords } from "../../support/run_records.ts";
import { linkOf, managerOf } from "../managers.ts";

const QUOTA = { kind: "quota", retryAt: NOW + 3_600_000 } as const;

Deno.test("next() ends the run and takes the next account in one update", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const manager = managerOf(folder);
  const turn = await RunTurn.take(manager);
  const next = await turn.next(QUOTA);
  assertEquals([turn.account, next?.account], [1, 2]);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
  assertEquals(await idsOf(folder), [next?.run.id]);
  assertEquals(await turn.end(), undefined);
  await next?.end({ kind: "ok" });
  assertEquals(await idsOf(folder), []);
});

Deno.test("next() of a run that has ended takes the next account, too", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const turn = await RunTurn.take(managerOf(folder));
  await turn.end(QUOTA);
  assertEquals((await turn.next(QUOTA))?.account, 2);
});

Deno.test("next() and leave() end the run when no account is left", async () => {
  for (const leave of ["next", "leave"] as const) {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    const manager = managerOf(folder);
    const turn = await RunTurn.take(manager);
    assertEquals(await turn[leave](QUOTA), undefined);
    assertEquals(await idsOf(folder), []);
    const [readiness] = await manager.readiness();
    assertEquals(readiness?.obstacle, "out of quota");
  }
});

Deno.test("leave() activates the next account without a run", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const turn = await RunTurn.take(managerOf(folder));
  assertEquals(await turn.leave(QUOTA), 2);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
  assertEquals(await idsOf(folder), []);
});

Deno.test("end() can be repeated when it has failed, but not after endOrNotify()", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const manager = managerOf(folder);
  const turn = await RunTurn.take(manager);
  let tries = 0;
  manager.endRun = () => {
    tries++;
    return Promise.reject(new BusyError("locked", "Cannot lock"));
  };
  await assertFails(() => turn.end(), "locked");
  const said: string[] = [];
  await turn.endOrNotify((text) => said.push(text));
  await turn.end();
  assertEquals(tries, 2);
  assertEquals(said, [
    "account 1: cannot save its login; the next command tries again: Cannot lock",
  ]);
});

/** The runs that read a login through the link. */
async function idsOf(
  { layout }: { layout: Parameters<typeof runRecords>[0] },
): Promise<string[]> {
  return (await runRecords(layout)).map((it) => it.id);
}

Deno.test("Overflow.take() ends the run with an account whose upstream is unknown", async () => {
  await using folder = await accountFolder({ keys: [1, 2] });
  const manager = managerOf(folder);
  const others = new Overflow(await RunTurn.take(manager), {
    toUpstream: () => Promise.reject(new Error("Cannot read the slot")),
    except: new Set(),
    onLeave() {},
    system: realSystem,
  });
  assertEquals(await others.take(2), undefined);
  const { accounts } = await manager.overview();
  assertEquals(accounts.map((it) => it.runs), [1, 0]);
});
