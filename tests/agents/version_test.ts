import { assertEquals } from "@std/assert";
import { isAtLeast } from "../../lib/agents/version.ts";

const VERSIONS: [string | undefined, boolean][] = [
  ["0.12.0", true],
  ["0.12.1", true],
  ["0.24.4", true],
  ["0.100.0", true],
  ["1.0.0", true],
  ["0.12.0-nightly.5", true],
  ["0.11.99", false],
  ["0.2.0", false],
  [undefined, false],
  ["", false],
  ["latest", false],
];

for (const [version, expected] of VERSIONS) {
  Deno.test(`isAtLeast() returns ${expected} for ${version} and 0.12.0`, () => {
    assertEquals(isAtLeast(version, "0.12.0"), expected);
  });
}
