import { assertEquals, assertRejects } from "@std/assert";
import { LockTimeoutError } from "../../lib/errors.ts";
import { withLock } from "../../lib/store/lock.ts";
import { formatState, NEW_STATE, withSwitch } from "../../lib/store/state.ts";
import { loadState } from "../../lib/store/state_file.ts";
import { update } from "../../lib/store/update.ts";
import { accountFolder, namesIn, TIME } from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";
import { failing, replaceFiles } from "../support/files.ts";
import { EVENT, unchanged, updated } from "./updating.ts";

Deno.test("update() saves the state and returns the result", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const result = await updated(folder, ({ state }) => ({
    state: withSwitch(state, 2, TIME),
    result: "done",
  }));
  assertEquals(result, "done");
  const { state } = await loadState(folder.layout);
  assertEquals(state.switchesTotal, 1);
});

Deno.test("update() makes what is missing on first use", async () => {
  await using folder = await accountFolder();
  await updated(folder, (locked) => {
    locked.record(EVENT);
    return unchanged(locked);
  });
  assertEquals(
    await namesIn(folder.path),
    ["accounts", "rotation.log", "state.yaml", "state.yaml.lock"],
  );
});

Deno.test("update() writes the events in order, with the time", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await updated(folder, (locked) => {
    for (const to of [3, 1, 2]) locked.record({ ...EVENT, to });
    return unchanged(locked);
  });
  assertEquals(
    await folder.events(),
    [3, 1, 2].map((to) => ({ timestamp: TIME, ...EVENT, to })),
  );
});

Deno.test("update() saves the state before it writes the events", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  let seen = "";
  using _ = replaceFiles((real) => ({
    async appendLine(path, line, mode) {
      seen = await Deno.readTextFile(layout.state);
      await real.appendLine(path, line, mode);
    },
  }));
  await updated(folder, (locked) => {
    locked.record(EVENT);
    return { state: withSwitch(locked.state, 5, TIME), result: undefined };
  });
  assertEquals(seen, await Deno.readTextFile(layout.state));
});

Deno.test("update() holds the lock while the change runs", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { lock } = folder.layout;
  const isFree = () =>
    withLock(lock, () => Promise.resolve(true), { timeoutMs: 0 })
      .catch(() => false);
  let wasFree = true;
  await updated(folder, async (locked) => {
    wasFree = await isFree();
    return unchanged(locked);
  });
  assertEquals(wasFree, false);
  assertEquals(await isFree(), true);
});

Deno.test("update() loses no count when many run at the same time", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const calls = Array.from(
    { length: 20 },
    () =>
      update(folder.layout, ({ state }) =>
        Promise.resolve({
          state: withSwitch(state, 2, TIME),
          result: undefined,
        }), { notify: () => {} }),
  );
  await Promise.all(calls);
  const { state } = await loadState(folder.layout);
  assertEquals(state.switchesTotal, 20);
});

Deno.test("update() saves no state when the change throws", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const before = formatState(withSwitch(NEW_STATE, 1, TIME));
  await Deno.writeTextFile(folder.layout.state, before);
  const run = () =>
    updated(folder, () => {
      throw new RangeError("a defect");
    });
  await assertRejects(run, RangeError, "a defect");
  assertEquals(await Deno.readTextFile(folder.layout.state), before);
});

Deno.test("update() writes what was recorded before the change threw", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const run = () =>
    updated(folder, ({ record }) => {
      record(EVENT);
      throw new RangeError("a defect");
    });
  await assertRejects(run, RangeError, "a defect");
  assertEquals(await folder.events(), [{ timestamp: TIME, ...EVENT }]);
});

Deno.test("update() leaves the files alone when nothing changes", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { layout } = folder;
  await updated(folder, unchanged);
  const before = await Deno.stat(layout.state);
  await updated(folder, unchanged);
  const after = await Deno.stat(layout.state);
  assertEquals([after.ino, after.mtime], [before.ino, before.mtime]);
});

Deno.test("update() only tells when the log cannot be written", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _ = failing("appendLine");
  const notices: string[] = [];
  const result = await updated(folder, (locked) => {
    locked.record(EVENT);
    const state = withSwitch(locked.state, 2, TIME);
    return { state, result: "done" };
  }, notices);
  assertEquals(result, "done");
  assertEquals((await loadState(folder.layout)).state.switchesTotal, 1);
  assertEquals(notices, [
    "cannot write rotation.log, the change itself is done: " +
    "No space left on device",
  ]);
});

Deno.test("update() rejects and writes no torn state when the disk is full", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const before = formatState(withSwitch(NEW_STATE, 1, TIME));
  await Deno.writeTextFile(folder.layout.state, before);
  using _ = failing("create");
  const run = () =>
    updated(folder, ({ state }) => ({
      state: withSwitch(state, 1, TIME),
      result: undefined,
    }));
  await assertRejects(run, Error, "No space left");
  assertEquals(await Deno.readTextFile(folder.layout.state), before);
});

Deno.test("update() throws when another one holds the lock for too long", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await withLock(folder.layout.lock, async () => {
    const options = { notify: () => {}, lockTimeoutMs: 100 };
    await assertRejects(
      () =>
        update(
          folder.layout,
          () => Promise.reject(new Error("the change ran without the lock")),
          { ...options, system: fakeClock() },
        ),
      LockTimeoutError,
      "within 100 ms",
    );
  });
});
