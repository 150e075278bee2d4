import { assertEquals, assertRejects } from "@std/assert";
import { withLock } from "../../lib/disk/lock.ts";
import { basename, temporaryName } from "../../lib/disk/names.ts";
import { accountState, NEW_STATE, withSwitch } from "../../lib/ledger/state.ts";
import { loadState } from "../../lib/ledger/state_file.ts";
import { formatState } from "../../lib/ledger/state_yaml.ts";
import type { Locked } from "../../lib/vault/locked.ts";
import { changeFolder } from "../../lib/vault/change_folder.ts";
import {
  accountFolder,
  namesIn,
  NOW,
  TIME,
} from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";
import { failing, replaceFiles } from "../support/files.ts";
import { EVENT, unchanged, updated } from "./updating.ts";
import { assertFails } from "../support/assert_fails.ts";

Deno.test("changeFolder() saves the state and returns the result", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const result = await updated(folder, (locked) => {
    locked.ledger.countSwitch(2);
    return "done";
  });
  assertEquals(result, "done");
  const { state } = await loadState(folder.layout);
  assertEquals(state.switchesTotal, 1);
});

Deno.test("changeFolder() saves how many accounts there are", async () => {
  await using folder = await accountFolder({
    accounts: [2, 5],
    state: { totalAccounts: 99 },
  });
  await updated(folder, (locked) => {
    locked.vault.addSlot(6);
  });
  assertEquals((await loadState(folder.layout)).state.totalAccounts, 3);
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
  // A child that another test is just starting may hold it for a moment.
  assertEquals(await isFree(1_000), true);
});

Deno.test("changeFolder() loses no count when many run at the same time", async () => {
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
  const { state } = await loadState(folder.layout);
  assertEquals(state.switchesTotal, 20);
});

Deno.test("changeFolder() saves what had to be remembered before the change threw", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  const run = () =>
    updated(folder, (locked) => {
      locked.vault.block(1, "a reason", TIME);
      throw new RangeError("a defect");
    });
  await assertRejects(run, RangeError, "a defect");
  const { state } = await loadState(folder.layout);
  assertEquals(accountState(state, 1).blocked, "a reason");
});

Deno.test("changeFolder() leaves the state alone when the change throws at once", async () => {
  const state = { ...withSwitch(NEW_STATE, 1, TIME), totalAccounts: 1 };
  await using folder = await accountFolder({ accounts: [1], state });
  const { ino } = await Deno.stat(folder.layout.state);
  const run = () =>
    updated(folder, () => {
      throw new RangeError("a defect");
    });
  await assertRejects(run, RangeError, "a defect");
  assertEquals((await Deno.stat(folder.layout.state)).ino, ino);
});

Deno.test("changeFolder() writes what was recorded before the change threw", async () => {
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
  assertEquals((await loadState(folder.layout)).state.switchesTotal, 1);
  assertEquals(notices, [
    "cannot write rotation.log, the change itself is done: " +
    "No space left on device",
  ]);
});

Deno.test("changeFolder() rejects and writes no torn state when the disk is full", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const before = formatState(withSwitch(NEW_STATE, 1, TIME));
  await Deno.writeTextFile(folder.layout.state, before);
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
