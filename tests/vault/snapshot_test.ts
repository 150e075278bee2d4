import { assertEquals } from "@std/assert";
import { takeSnapshot } from "../../lib/vault/snapshot.ts";
import { NEW_STATE } from "../../lib/ledger/state.ts";
import { accountFolder } from "../support/account_folder.ts";

Deno.test("takeSnapshot() sorts the slots by number", async () => {
  await using folder = await accountFolder({ accounts: [10, 2, 1, 1_000] });
  const { slots } = await takeSnapshot(folder.layout);
  assertEquals(slots, [1, 2, 10, 1_000]);
});

Deno.test("takeSnapshot() finds nothing when there is no folder", async () => {
  await using folder = await accountFolder();
  assertEquals(await takeSnapshot(folder.layout), {
    layout: folder.layout,
    slots: [],
    keys: [],
    live: { kind: "absent" },
    active: undefined,
    doubtful: new Set(),
    state: NEW_STATE,
    loaded: {
      state: NEW_STATE,
      text: undefined,
      problem: undefined,
      mistakes: [],
    },
  });
});

Deno.test("takeSnapshot() trusts the link and not the state", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 2,
    state: { currentIndex: 1 },
  });
  const { active, state } = await takeSnapshot(folder.layout);
  assertEquals(active, 2);
  assertEquals(state.currentIndex, 1);
});

Deno.test("takeSnapshot() trusts the state when there is no link", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    state: { currentIndex: 2 },
  });
  assertEquals((await takeSnapshot(folder.layout)).active, 2);
});
