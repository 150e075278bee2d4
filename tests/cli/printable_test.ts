import { assertEquals } from "@std/assert";
import { printable } from "../../lib/cli/screen/streams.ts";

const CASES: Record<string, { text: string; shown: string }> = {
  "shows ESC": { text: "\x1b[2J", shown: "\\x1b[2J" },
  "shows a NUL": { text: "a\0b", shown: "a\\x00b" },
  "shows a carriage return": { text: "real\rfake", shown: "real\\x0dfake" },
  "shows DEL": { text: "\x7f", shown: "\\x7f" },
  "shows the eight-bit form of ESC [": { text: "\x9b2J", shown: "\\x9b2J" },
  "shows each of them": { text: "\x07\x08", shown: "\\x07\\x08" },
  "shows a line break": { text: "a\nb\n", shown: "a\\x0ab\\x0a" },
  "shows a tab": { text: "a\tb", shown: "a\\x09b" },
  "shows a line separator": { text: "a\u2028b", shown: "a\\u2028b" },
  "shows an override of the direction": {
    text: "a\u202eb\u202c",
    shown: "a\\u202eb\\u202c",
  },
  "shows an isolate": { text: "\u2066a\u2069", shown: "\\u2066a\\u2069" },
  "shows a mark of the direction": {
    text: "\u200ea\u200f",
    shown: "\\u200ea\\u200f",
  },
  "leaves other letters": {
    text: "Größe 名前 ✓\xa0",
    shown: "Größe 名前 ✓\xa0",
  },
};

for (const [what, { text, shown }] of Object.entries(CASES)) {
  Deno.test(`printable() ${what}`, () => {
    assertEquals(printable(text), shown);
  });
}
