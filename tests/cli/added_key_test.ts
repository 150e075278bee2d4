import { assertEquals } from "@std/assert";
import { describeAddedKey } from "../../lib/cli/added_key.ts";

const RESULT = {
  index: 2,
  baseUrl: "https://user.example:8443/v1",
  model: "m",
};

const CASES: [{ added: boolean; updated: boolean }, string][] = [
  [{ added: true, updated: false }, "the key is now account 2"],
  [
    { added: false, updated: false },
    "the key is already account 2: user.example:8443, m",
  ],
  [
    { added: false, updated: true },
    "account 2 has another address or model now: user.example:8443, m",
  ],
];

for (const [what, says] of CASES) {
  Deno.test(`describeAddedKey() says "${says}"`, () => {
    assertEquals(describeAddedKey("the key", { ...RESULT, ...what }), says);
  });
}
