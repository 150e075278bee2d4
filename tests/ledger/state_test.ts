import { assertEquals } from "@std/assert";
import {
  accountState,
  NEW_STATE,
  type State,
  withAccount,
  withMove,
  withoutBlock,
  withoutSticky,
  withSwitch,
} from "../../lib/ledger/state.ts";
import { TIME } from "../support/account_folder.ts";

/** After a switch to account 10 and one to account 2. */
const STATE: State = withSwitch(withSwitch(NEW_STATE, 10, TIME), 2, TIME);

Deno.test("withSwitch() counts a switch in the total and for the account", () => {
  const state = withSwitch(STATE, 10, "2026-11-21T09:00:00.000Z");
  assertEquals(state.lastSwitch, "2026-11-21T09:00:00.000Z");
  assertEquals(state.switchesTotal, 3);
  assertEquals(accountState(state, 10), {
    ...accountState(STATE, 10),
    switchesCount: 2,
    lastUsed: "2026-11-21T09:00:00.000Z",
  });
  assertEquals(accountState(state, 2), accountState(STATE, 2));
});

Deno.test("withAccount() records a change and counts no switch", () => {
  const state = withAccount(STATE, 5, { lastUsed: TIME });
  assertEquals(state.switchesTotal, 2);
  assertEquals(accountState(state, 5), {
    ...accountState(STATE, 5),
    lastUsed: TIME,
  });
});

Deno.test("withoutBlock() removes the reason and the time, and keeps the rest", () => {
  const blocked = withAccount(STATE, 2, {
    blocked: "login needed",
    blockedSince: TIME,
  });
  assertEquals(accountState(blocked, 2).switchesCount, 1);
  assertEquals(withoutBlock(blocked, 2), STATE);
});

Deno.test("withoutBlock() changes nothing when the account is not blocked", () => {
  assertEquals(withoutBlock(STATE, 5), STATE);
});

Deno.test("withoutSticky() keeps the place of an account in the order, in case it is restored", () => {
  const state = { ...NEW_STATE, order: [3, 1, 2] };
  assertEquals(withoutSticky(state, 1).order, [3, 1, 2]);
});

Deno.test("withMove() keeps the place of an account in the order", () => {
  const state = { ...NEW_STATE, order: [3, 1, 2] };
  assertEquals(withMove(state, { from: 1, to: 9 }).order, [3, 9, 2]);
});
