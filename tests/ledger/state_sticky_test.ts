import { assertEquals } from "@std/assert";
import {
  parseSticky,
  pinAbove,
  withSticky,
} from "../../lib/ledger/state_sticky.ts";

Deno.test("withSticky() puts a name last and drops the oldest", () => {
  let sticky: ReadonlyMap<string, number> = new Map();
  for (let at = 0; at < 600; at++) sticky = withSticky(sticky, `/${at}`, 1);
  sticky = withSticky(sticky, "/599", 2);
  assertEquals([sticky.size, sticky.get("/599")], [500, 2]);
  assertEquals([sticky.has("/99"), sticky.has("/100")], [false, true]);
});

for (const value of [undefined, null, 1, "a", [0], { a: "1", b: 0, c: 1.5 }]) {
  Deno.test(`parseSticky() drops ${JSON.stringify(value)}`, () => {
    assertEquals(parseSticky(value), new Map());
  });
}

Deno.test("parseSticky() reads the account of each name", () => {
  assertEquals(parseSticky({ "/a b": 2 }), new Map([["/a b", 2]]));
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
