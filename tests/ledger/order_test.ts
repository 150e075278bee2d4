import { assertEquals } from "@std/assert";
import { byOrder, parseOrder } from "../../lib/ledger/order.ts";

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
