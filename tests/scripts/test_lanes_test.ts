import { assert, assertEquals } from "@std/assert";
import { ENTRIES, testFiles } from "../../scripts/test_lanes.ts";
import { CHECKOUT } from "../support/checkout.ts";

const [some, all] = await Promise.all([
  testFiles(CHECKOUT, "test"),
  testFiles(CHECKOUT, "test:all"),
]);

Deno.test("testFiles() returns everything for test:all and a part of it for test", () => {
  assertEquals(some.filter((it) => !all.includes(it)), []);
  assert(some.length < all.length);
  assert(all.includes("tests/scripts/test_lanes_test.ts"));
});

Deno.test("testFiles() includes the rotation with the real qwen in test", () => {
  assert(some.includes("tests/e2e/exec_test.ts"));
});

for (const entry of ENTRIES) {
  Deno.test(`testFiles() leaves ${entry}, which exists, to test:all`, () => {
    const meant = all.filter((it) => it.startsWith(entry));
    assert(meant.length > 0);
    assertEquals(meant.filter((it) => some.includes(it)), []);
  });
}
