import { assertEquals } from "@std/assert";
import type { AddKeyResult } from "../../lib/types.ts";
import { describeAddedKey } from "../../lib/cli/setup/add_login.ts";

const RESULT = {
  index: 2,
  label: "work",
  baseUrl: "https://user.example:8443/v1",
  model: "m",
  added: false,
  updated: false,
  twin: undefined,
};

const CASES: [Partial<AddKeyResult>, string][] = [
  [{ added: true, updated: false }, "the key is now work (account 2)"],
  [
    { added: true, updated: false, label: undefined },
    "the key is now account 2",
  ],
  [
    { added: true, updated: false, twin: { index: 1, label: "home" } },
    "the key is now work (account 2), for user.example:8443; home (account 1) " +
    "has the same key for another address",
  ],
  [
    { added: false, updated: false },
    "the key is already work (account 2): user.example:8443, m",
  ],
  [
    { added: false, updated: true },
    "work (account 2) now uses another address or model: user.example:8443, m",
  ],
];

for (const [what, says] of CASES) {
  Deno.test(`describeAddedKey() says "${says}"`, () => {
    assertEquals(describeAddedKey("the key", { ...RESULT, ...what }), says);
  });
}
