import { assertEquals } from "@std/assert";
import {
  copyToGenerations,
  listGenerations,
} from "../../lib/vault/logins/generations.ts";
import { leaveToStash, undoGuesses } from "../../lib/vault/settle/guess.ts";
import { listStash, suspectsIn } from "../../lib/vault/logins/stash.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NOW,
} from "../support/account_folder.ts";
import { stashed } from "../support/stashed.ts";

Deno.test("leaveToStash() removes what the stash has, except for the chosen one", async () => {
  await using folder = await folderWith(["c", "b", "a"]);
  for (const name of ["a", "c"]) await stashed(folder, content(name), [1]);
  await leaveToStash(folder.layout, 1, content("c"));
  assertEquals(await folder.generations(1), [content("c"), content("b")]);
});

Deno.test("leaveToStash() keeps a guess that the slot has outlived", async () => {
  await using folder = await folderWith(["b", "a"]);
  const outlived = credential(1, { accessToken: "old", expiresAt: NOW });
  await copyToGenerations(folder.layout, 1, outlived, NOW);
  await stashed(folder, outlived, [1, 2]);
  await leaveToStash(folder.layout, 1, content("a"));
  assertEquals(await folder.generations(1), [
    outlived,
    content("b"),
    content("a"),
  ]);
});

const HISTORY = ["f", "e", "d", "c", "b", "a"];

const UNDONE: Record<
  string,
  { guesses: Record<string, number[]>; kept: string[]; of: number[][] }
> = {
  "there is no guess": { guesses: {}, kept: HISTORY, of: [] },
  "a guess is newer": {
    guesses: { d: [1, 2] },
    kept: ["c", "b", "a"],
    of: [[1, 2], [1, 2], [1, 2]],
  },
  "two guesses are newer": {
    guesses: { c: [1, 2], e: [1, 3] },
    kept: ["b", "a"],
    of: [[1, 2], [1, 2], [1, 3], [1, 3]],
  },
  "a guess is older": { guesses: { a: [1, 2] }, kept: HISTORY, of: [[1, 2]] },
  "a newer stashed login can only belong to this account": {
    guesses: { d: [1] },
    kept: HISTORY,
    of: [[1]],
  },
};

for (const [when, { guesses, kept, of }] of Object.entries(UNDONE)) {
  Deno.test(`undoGuesses() leaves ${kept.join("")} of ${HISTORY.join("")} when b is chosen and ${when}`, async () => {
    await using folder = await folderWith(HISTORY);
    const { layout } = folder;
    for (const [name, suspects] of Object.entries(guesses)) {
      await stashed(folder, content(name), suspects);
    }
    const paths = await listGenerations(layout, 1);
    const chosen = paths[HISTORY.indexOf("b")] ?? "";
    await undoGuesses(layout, 1, { chosen, now: NOW });
    assertEquals(
      (await folder.generations(1)).map(String),
      kept.map((it) => String(content(it))),
    );
    const suspects = (await listStash(layout)).map(suspectsIn).map(String);
    assertEquals(suspects.sort(), of.map(String));
  });
}

/** A credential that differs from others by its name. */
function content(name: string): Uint8Array {
  return credential(1, { accessToken: name });
}

/** Account 1 with these generations, newest first. */
async function folderWith(names: readonly string[]): Promise<AccountFolder> {
  const folder = await accountFolder({ accounts: [1] });
  for (const name of names.toReversed()) {
    await copyToGenerations(folder.layout, 1, content(name), NOW);
  }
  return folder;
}
