import { assertEquals } from "@std/assert";
import { parseSticky, withSticky } from "../../lib/ledger/sticky.ts";

Deno.test("withSticky() puts a name last and forgets the oldest", () => {
  let sticky: ReadonlyMap<string, number> = new Map();
  for (let at = 0; at < 600; at++) sticky = withSticky(sticky, `/${at}`, 1);
  sticky = withSticky(sticky, "/599", 2);
  assertEquals([sticky.size, sticky.get("/599")], [500, 2]);
  assertEquals([sticky.has("/99"), sticky.has("/100")], [false, true]);
});

for (const value of [undefined, null, 1, "a", [0], { a: "1", b: 0, c: 1.5 }]) {
  Deno.test(`parseSticky() forgets ${JSON.stringify(value)}`, () => {
    assertEquals(parseSticky(value), new Map());
  });
}

Deno.test("parseSticky() reads the account of each name", () => {
  assertEquals(parseSticky({ "/a b": 2 }), new Map([["/a b", 2]]));
});
