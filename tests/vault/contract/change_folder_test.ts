import { assertEquals, assertRejects } from "@std/assert";
import { withLock } from "../../../lib/disk/lock.ts";
import { basename, slotPath, temporaryName } from "../../../lib/disk/names.ts";
import type { Locked, UntimedEvent } from "../../../lib/vault/locked.ts";
import { changeFolder } from "../../../lib/vault/change_folder.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  namesIn,
  NOW,
  TIME,
} from "../../support/account_folder.ts";
import { fakeClock } from "../../support/clock.ts";
import { recordRun } from "../../support/run_records.ts";
import { failing, replaceFiles } from "../../support/files.ts";
import { assertFails } from "../../support/assert_fails.ts";
import { accountKeys, readState } from "../../support/state.ts";

/** An event to record. */
const EVENT: UntimedEvent = {
  level: "info",
  event: "account_switch",
  from: 1,
  to: 2,
  reason: "a test",
};

Deno.test("changeFolder() saves the state and returns the result", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const result = await updated(folder, (locked) => {
    locked.ledger.countSwitch(2);
    return "done";
  });
  assertEquals(result, "done");
  const state = await readState(folder.layout.state);
  assertEquals(state.switches_total, 1);
});

Deno.test("changeFolder() saves the number of accounts", async () => {
  await using folder = await accountFolder({
    accounts: [2, 5],
    state: { total_accounts: 99 },
  });
  await updated(folder, (locked) => {
    locked.vault.addSlot(6);
  });
  assertEquals((await readState(folder.layout.state)).total_accounts, 3);
});

Deno.test("changeFolder() creates what is missing on first use", async () => {
  await using folder = await accountFolder();
  await updated(folder, ({ record }) => record(EVENT));
  assertEquals(
    await namesIn(folder.path),
    ["accounts", "rotation.log", "state.yaml", "state.yaml.lock"],
  );
});

Deno.test("changeFolder() writes the events in order, with the time", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await updated(folder, ({ record }) => {
    for (const to of [3, 1, 2]) record({ ...EVENT, to });
  });
  assertEquals(
    await folder.events(),
    [3, 1, 2].map((to) => ({
      timestamp: new Date(NOW).toISOString(),
      ...EVENT,
      to,
    })),
  );
});

Deno.test("changeFolder() saves the state, then removes the links, then writes the events", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { layout } = folder;
  const link = temporaryName(layout.live);
  await Deno.symlink("accounts/oauth_creds_1.json", link);
  const steps: string[] = [];
  using _ = replaceFiles((real) => ({
    async rename(from, to) {
      await real.rename(from, to);
      if (to === layout.state) steps.push("state");
    },
    async remove(path) {
      if (path === link) steps.push("link");
      return await real.remove(path);
    },
    async appendLine(path, line, mode) {
      steps.push("event");
      await real.appendLine(path, line, mode);
    },
  }));
  await updated(folder, ({ record }) => record(EVENT));
  assertEquals(steps, ["state", "link", "event"]);
  assertEquals((await namesIn(layout.root)).includes(basename(link)), false);
});

Deno.test("changeFolder() leaves the links when the state cannot be saved", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const link = temporaryName(folder.layout.live);
  await Deno.symlink("accounts/oauth_creds_1.json", link);
  {
    using _ = failing("create");
    const run = () => updated(folder, unchanged);
    await assertRejects(run, Error, "No space left");
  }
  assertEquals(await Deno.readLink(link), "accounts/oauth_creds_1.json");
});

Deno.test("changeFolder() holds the lock while the change runs", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const isFree = (timeoutMs: number) =>
    withLock(folder.layout.lock, () => Promise.resolve(true), { timeoutMs })
      .catch(() => false);
  assertEquals(await updated(folder, () => isFree(0)), false);
  // A child that another test is starting may hold the lock for a moment.
  assertEquals(await isFree(1_000), true);
});

Deno.test("changeFolder() loses no count when many calls run at the same time", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const change = (locked: Locked) => {
    locked.ledger.countSwitch(2);
    return Promise.resolve();
  };
  const options = { notify: () => {} };
  const calls = Array.from(
    { length: 20 },
    () => changeFolder(folder.layout, change, options),
  );
  await Promise.all(calls);
  const state = await readState(folder.layout.state);
  assertEquals(state.switches_total, 20);
});

Deno.test("changeFolder() saves what the change did to the state before it threw", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  const run = () =>
    updated(folder, (locked) => {
      locked.vault.block(1, "a reason", TIME);
      throw new RangeError("a defect");
    });
  await assertRejects(run, RangeError, "a defect");
  const state = await readState(folder.layout.state);
  assertEquals(accountKeys(state, 1).blocked, "a reason");
});

Deno.test("changeFolder() leaves the state alone when the change throws at once", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await updated(folder, unchanged);
  const { ino } = await Deno.stat(folder.layout.state);
  const run = () =>
    updated(folder, () => {
      throw new RangeError("a defect");
    });
  await assertRejects(run, RangeError, "a defect");
  assertEquals((await Deno.stat(folder.layout.state)).ino, ino);
});

Deno.test("changeFolder() writes the events that the change recorded before it threw", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const run = () =>
    updated(folder, ({ record }) => {
      record(EVENT);
      throw new RangeError("a defect");
    });
  await assertRejects(run, RangeError, "a defect");
  assertEquals(await folder.events(), [{
    timestamp: new Date(NOW).toISOString(),
    ...EVENT,
  }]);
});

Deno.test("changeFolder() leaves the files alone when nothing changes", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { layout } = folder;
  await updated(folder, unchanged);
  const before = await Deno.stat(layout.state);
  await updated(folder, unchanged);
  const after = await Deno.stat(layout.state);
  assertEquals([after.ino, after.mtime], [before.ino, before.mtime]);
});

Deno.test("changeFolder() only reports it when the log cannot be written", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _ = failing("appendLine");
  const notices: string[] = [];
  const result = await updated(folder, (locked) => {
    locked.record(EVENT);
    locked.ledger.countSwitch(2);
    return "done";
  }, notices);
  assertEquals(result, "done");
  assertEquals((await readState(folder.layout.state)).switches_total, 1);
  assertEquals(notices, [
    "cannot write rotation.log, the change itself is done: " +
    "No space left on device",
  ]);
});

Deno.test("changeFolder() rejects and writes no torn state when the disk is full", async () => {
  await using folder = await accountFolder({
    accounts: [1],
    state: { switches_total: 7 },
  });
  const before = await Deno.readTextFile(folder.layout.state);
  using _ = failing("create");
  const run = () =>
    updated(folder, (locked) => {
      locked.ledger.countSwitch(1);
    });
  await assertRejects(run, Error, "No space left");
  assertEquals(await Deno.readTextFile(folder.layout.state), before);
});

Deno.test("changeFolder() throws when another process holds the lock for too long", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await withLock(folder.layout.lock, async () => {
    const options = { notify: () => {}, lockTimeoutMs: 100 };
    await assertFails(
      () =>
        changeFolder(
          folder.layout,
          () => Promise.reject(new Error("the change ran without the lock")),
          { ...options, system: fakeClock() },
        ),
      "locked",
      "within 100 ms",
    );
  });
});

Deno.test("changeFolder() passes leftovers of killed processes to the change", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const path = temporaryName(slotPath(folder.layout, 1));
  await folder.put(credential(1), path);
  const leftovers = await updated(folder, (locked) => locked.leftovers);
  assertEquals(leftovers, [{ path, slot: 1, kind: "credential" }]);
});

Deno.test("changeFolder() passes the runs in progress to the change", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const run = { id: "0123456789abcdef", account: 1, process: "a process" };
  await recordRun(folder.layout, run);
  assertEquals(await updated(folder, (locked) => locked.runs), [run]);
});

/** Updates at `NOW`; notices to the user go to `notices`. */
function updated<T>(
  { layout }: AccountFolder,
  change: (locked: Locked) => T | Promise<T>,
  notices: string[] = [],
): Promise<T> {
  return changeFolder(layout, async (locked) => await change(locked), {
    notify: (it) => notices.push(it),
    system: fakeClock(),
  });
}

/** Changes nothing. */
function unchanged(): void {}
