import { assertEquals } from "@std/assert";
import { noneUsable, shellWord } from "../../lib/accounts/fix_of.ts";
import { run } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";

const WORDS: Record<string, { word: string; written: string }> = {
  "nothing special": { word: "/a/b_c-1.json", written: "/a/b_c-1.json" },
  "nothing at all": { word: "", written: "''" },
  "a blank": { word: "a b", written: "'a b'" },
  "a quote": { word: "it's", written: "'it'\\''s'" },
  "what a shell would run": { word: "$(rm x);`y`", written: "'$(rm x);`y`'" },
  "a line break": { word: "a\nb", written: `"$(printf %b 'a\\0012b')"` },
  "a turn of the direction": {
    word: "\u202e%d",
    written: `"$(printf %b '\\0342\\0200\\0256\\0045d')"`,
  },
};

for (const [what, { word, written }] of Object.entries(WORDS)) {
  Deno.test(`shellWord() writes a word with ${what} as a shell reads it`, async () => {
    await using dir = await tempDir();
    assertEquals(shellWord(word), written);
    const script = `printf %s ${written}`;
    const { stdout } = await run("sh", ["-c", script], { home: dir.path });
    assertEquals(stdout, word);
  });
}

const TWO = [{ index: 1 }, { index: 2 }];

const HINTS: [Parameters<typeof noneUsable>, string][] = [
  [[TWO], "account-qwen doctor"],
  [
    [[{ index: 1 }], [{ index: 1, label: "a b" }]],
    "account-qwen enable 'a b'",
  ],
  [
    [TWO, [{ index: 2, label: "work" }]],
    "account-qwen doctor, or account-qwen enable work",
  ],
];

for (const [given, hint] of HINTS) {
  Deno.test(`noneUsable() hints at ${hint}`, () => {
    assertEquals(noneUsable(...given).hint, hint);
  });
}
