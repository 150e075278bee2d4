import { assertEquals } from "@std/assert";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NOW,
} from "../support/account_folder.ts";
import { slotPath } from "../../lib/disk/names.ts";
import { managerOf } from "../accounts/managers.ts";
import { stashed } from "../support/stashed.ts";
import { stashPaths, suspectsIn } from "../support/kept_files.ts";

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
  "the stash has the present login": {
    guesses: { f: [1] },
    kept: ["e", "d", "c", "b", "a"],
    of: [[1]],
  },
};

for (const [when, { guesses, kept, of }] of Object.entries(UNDONE)) {
  Deno.test(`restore() leaves ${kept.join("")} of ${HISTORY.join("")} when it goes back to b and ${when}`, async () => {
    await using folder = await folderWith(HISTORY);
    for (const [name, suspects] of Object.entries(guesses)) {
      await stashed(folder, content(name), suspects);
    }
    const generation = HISTORY.indexOf("b");
    await managerOf(folder).restore(1, { generation });
    assertEquals(await folder.slot(1), content("b"));
    assertEquals(
      new Set((await folder.generations(1)).map(String)),
      new Set(kept.map((it) => String(content(it)))),
    );
    const stash = await stashPaths(folder.layout);
    const suspects = stash.map(suspectsIn).map(String);
    assertEquals(suspects.sort(), of.map(String));
  });
}

/** The login called `name`, a letter; a later one expires later. */
function content(name: string): Uint8Array {
  const expiresAt = NOW + 60_000 * name.charCodeAt(0);
  return credential(1, { accessToken: name, expiresAt });
}

/** Account 1, which has had these logins, the present one first. */
async function folderWith(names: readonly string[]): Promise<AccountFolder> {
  const folder = await accountFolder({ accounts: [1], active: 1 });
  const [first = "", ...later] = names.toReversed();
  await folder.put(content(first), slotPath(folder.layout, 1));
  for (const name of later) await folder.renew(1, content(name));
  return folder;
}
