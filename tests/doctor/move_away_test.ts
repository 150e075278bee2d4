import { shellWord } from "../../lib/accounts/fix_of.ts";
import { assertEquals } from "@std/assert";
import { moveAway } from "../../lib/doctor/move_away.ts";
import { runtime } from "../../lib/system/mod.ts";
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

Deno.test("moveAway() names a place that is not taken", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/it`;
  assertEquals(await moveAway(path), `mv ${path} ${path}.away`);
  await Deno.symlink("nowhere", `${path}.away`);
  await Deno.mkdir(`${path}.away2`);
  assertEquals(await moveAway(path), `mv ${path} ${path}.away3`);
  assertEquals(await moveAway(path, "/x"), `mv ${path} /x.away`);
});

Deno.test("moveAway() asks for more rights when a folder of another user has to leave its folder", async () => {
  await using dir = await tempDir();
  const { host } = runtime;
  const { uid } = host;
  using _ = { [Symbol.dispose]: () => void (host.uid = uid) };
  host.uid = uid + 1;
  await Deno.mkdir(`${dir.path}/it`);
  const moved = await moveAway(`${dir.path}/it`, "/x");
  assertEquals(moved, `sudo mv ${dir.path}/it /x.away`);
});
