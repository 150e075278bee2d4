import { assertEquals } from "@std/assert";
import { printable } from "../../lib/cli/printable.ts";

const CASES: Record<string, { text: string; shown: string }> = {
  "shows ESC": { text: "\x1b[2J", shown: "\\x1b[2J" },
  "shows a NUL": { text: "a\0b", shown: "a\\x00b" },
  "shows a carriage return": { text: "real\rfake", shown: "real\\x0dfake" },
  "shows DEL": { text: "\x7f", shown: "\\x7f" },
  "shows the eight-bit form of ESC [": { text: "\x9b2J", shown: "\\x9b2J" },
  "shows each of them": { text: "\x07\x08", shown: "\\x07\\x08" },
  "leaves line breaks": { text: "a\nb\n", shown: "a\nb\n" },
  "leaves tabs": { text: "a\tb", shown: "a\tb" },
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
