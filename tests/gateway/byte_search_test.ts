import { assertEquals } from "@std/assert";
import { ByteSearch } from "../../lib/gateway/byte_search.ts";

const search = new ByteSearch(['"usage"', "us", "error"]);

const CASES: Record<string, [text: string, end: number]> = {
  "nothing": ["", -1],
  "one character": ["u", -1],
  "a text at the start": ["us", 2],
  "a text at the end": ["an error", 8],
  "the first text of the list first": ['"usage"', 7],
  "the beginning of a text": ["erro", -1],
  "a text after its own beginning": ["errerrors", 8],
  "a text after letters of several bytes": ["漢🙂é us", 12],
  "other letters": ["USAGE Error", -1],
};

for (const [what, [text, end]] of Object.entries(CASES)) {
  Deno.test(`ByteSearch.endIn() finds ${what}`, () => {
    const bytes = new TextEncoder().encode(text);
    assertEquals(search.endIn(bytes), end);
    assertEquals(search.isIn(bytes), end >= 0);
  });
}

Deno.test("ByteSearch.endIn() begins where it is told", () => {
  const bytes = new TextEncoder().encode("us us");
  assertEquals([0, 1, 2, 3, 4].map((it) => search.endIn(bytes, it)), [
    2,
    5,
    5,
    5,
    -1,
  ]);
});
