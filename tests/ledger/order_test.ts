import { assertEquals } from "@std/assert";
import { byOrder, parseOrder } from "../../lib/ledger/order.ts";
import { NEW_STATE, withMove, withoutSticky } from "../../lib/ledger/state.ts";
import { parseState, salvageState } from "../../lib/ledger/state_yaml.ts";

const SORTED: [order: number[], sorted: number[]][] = [
  [[], [1, 2, 3, 10]],
  [[3, 1], [3, 1, 2, 10]],
  [[10], [10, 1, 2, 3]],
  [[7, 2], [2, 1, 3, 10]],
  [[10, 3, 2, 1], [10, 3, 2, 1]],
];

for (const [order, sorted] of SORTED) {
  Deno.test(`byOrder() sorts accounts by the order ${JSON.stringify(order)}`, () => {
    assertEquals([10, 3, 1, 2].sort(byOrder(order)), sorted);
  });
}

const READ: [value: unknown, order: number[]][] = [
  [[3, 1], [3, 1]],
  [[3, 1, 3], [3, 1]],
  [[0, -1, 1.5, "2", null, 2], [2]],
  ["3, 1", []],
  [{ 3: 1 }, []],
  [undefined, []],
];

for (const [value, order] of READ) {
  Deno.test(`parseOrder() reads ${JSON.stringify(value)}`, () => {
    assertEquals(parseOrder(value), order);
  });
}

for (const text of ["order: [3, 1]\n", "order:\n  - 3\n  - 1\n"]) {
  Deno.test(`parseState() and salvageState() read ${JSON.stringify(text)}`, () => {
    assertEquals(parseState(text).order, [3, 1]);
    assertEquals(salvageState(`${text}\t- {\n`).order, [3, 1]);
  });
}

Deno.test("salvageState() ignores an order that is cut within a number", () => {
  assertEquals(salvageState("order:\n  - 3\n  - 1").order, [3]);
  assertEquals(salvageState("order: [3, 1").order, []);
});

Deno.test("salvageState() reads which accounts are disabled", () => {
  const text = "accounts:\n  account2:\n    disabled: true\n\t- {\n";
  assertEquals(salvageState(text).accounts.get(2)?.disabled, true);
});

const DISABLED: [text: string, disabled: true | undefined][] = [
  ["true", true],
  ["yes", true],
  ["maybe", true],
  ["1", true],
  ["false", undefined],
  ["no", undefined],
  ["'Off'", undefined],
  ["0", undefined],
  ["null", undefined],
];

for (const [text, disabled] of DISABLED) {
  Deno.test(`parseState() reads "disabled: ${text}" as ${!!disabled}`, () => {
    const state = `accounts:\n  account2:\n    disabled: ${text}\n`;
    assertEquals(parseState(state).accounts.get(2)?.disabled, disabled);
  });
}

Deno.test("withoutSticky() keeps the place of an account in the order, in case it is restored", () => {
  const state = { ...NEW_STATE, order: [3, 1, 2] };
  assertEquals(withoutSticky(state, 1).order, [3, 1, 2]);
});

Deno.test("withMove() keeps the place of an account in the order", () => {
  const state = { ...NEW_STATE, order: [3, 1, 2] };
  assertEquals(withMove(state, { from: 1, to: 9 }).order, [3, 9, 2]);
});
