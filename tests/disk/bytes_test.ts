import { assertEquals } from "@std/assert";
import { sameBytes } from "../../lib/disk/bytes.ts";

const PAIRS = {
  "equal bytes": ["abc", "abc", true],
  "no bytes": ["", "", true],
  "a different byte": ["abc", "abd", false],
  "different lengths": ["abc", "abcd", false],
  "a missing string": ["abc", undefined, false],
  "two missing strings": [undefined, undefined, false],
} as const;

for (const [what, [a, b, same]] of Object.entries(PAIRS)) {
  Deno.test(`sameBytes() is ${same} for ${what}`, () => {
    assertEquals(sameBytes(bytesOf(a), bytesOf(b)), same);
    assertEquals(sameBytes(bytesOf(b), bytesOf(a)), same);
  });
}

function bytesOf(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : new TextEncoder().encode(text);
}
