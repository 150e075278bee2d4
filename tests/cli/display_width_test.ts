import { assertEquals } from "@std/assert";
import { displayWidth, shorten } from "../../lib/cli/screen/wrap.ts";

const WIDTHS: Record<string, { text: string; width: number }> = {
  "plain letters": { text: "work", width: 4 },
  "CJK letters": { text: "名前", width: 4 },
  "Hangul": { text: "한국", width: 4 },
  "Hangul in parts": { text: "한국어".normalize("NFD"), width: 6 },
  "full-width letters": { text: "ＡＢ", width: 4 },
  "half-width kana": { text: "ｱｲ", width: 2 },
  "a mark on a letter": { text: "e\u0301", width: 1 },
  "a zero-width space": { text: "a\u200bb", width: 2 },
  "a byte order mark": { text: "\ufeffa", width: 1 },
  "a soft hyphen": { text: "a\u00adb", width: 3 },
  "an emoji": { text: "🦕", width: 2 },
  "the mark of what is cut": { text: "…", width: 1 },
  "nothing": { text: "", width: 0 },
};

for (const [what, { text, width }] of Object.entries(WIDTHS)) {
  Deno.test(`displayWidth() returns ${width} for ${what}`, () => {
    assertEquals(displayWidth(text), width);
  });
}

const SHORTENED: [string, number, string][] = [
  ["personal", 8, "personal"],
  ["personal", 5, "pers…"],
  ["my account", 4, "my…"],
  ["名前です", 8, "名前です"],
  ["名前です", 7, "名前で…"],
  ["名前です", 6, "名前…"],
  ["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
  ["ab", 1, "…"],
];

for (const [text, width, shown] of SHORTENED) {
  Deno.test(`shorten() returns "${shown}" for "${text}" in ${width} columns`, () => {
    assertEquals(shorten(text, width), shown);
  });
}
