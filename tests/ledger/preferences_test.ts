import { assertEquals } from "@std/assert";
import { byOrder, pinAbove, withSticky } from "../../lib/ledger/preferences.ts";

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

Deno.test("withSticky() puts a name last and drops the oldest", () => {
  let sticky: ReadonlyMap<string, number> = new Map();
  for (let at = 0; at < 600; at++) sticky = withSticky(sticky, `/${at}`, 1);
  sticky = withSticky(sticky, "/599", 2);
  assertEquals([sticky.size, sticky.get("/599")], [500, 2]);
  assertEquals([sticky.has("/99"), sticky.has("/100")], [false, true]);
});

const PINS = new Map([["/home/ada", 1], ["/home/ada/office", 2], ["/", 3]]);

const FOLDERS: Record<string, [folder: string, account: number]> = {
  "/home/ada/office": ["/home/ada/office", 2],
  "/home/ada/office/a/b": ["/home/ada/office", 2],
  "/home/ada/offices": ["/home/ada", 1],
  "/home": ["/", 3],
  "/": ["/", 3],
};

for (const [at, [folder, account]] of Object.entries(FOLDERS)) {
  Deno.test(`pinAbove() finds the nearest pin above ${at}`, () => {
    assertEquals(pinAbove(PINS, at), { folder, account });
  });
}

Deno.test("pinAbove() finds nothing where no folder above has a pin", () => {
  const pins = new Map([["/home/ada/office", 2]]);
  assertEquals(pinAbove(pins, "/home/ada"), undefined);
  assertEquals(pinAbove(pins, ""), undefined);
  assertEquals(pinAbove(undefined, "/home/ada/office"), undefined);
});
