import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  listStash,
  stashFile,
  suspectsOf,
} from "../../lib/vault/logins/stash.ts";
import {
  accountFolder,
  credential,
  modeOf,
  NOW,
} from "../support/account_folder.ts";
import { stashed } from "../support/stashed.ts";

Deno.test("stashFile() moves the file and hides it from other users", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  await Deno.writeTextFile(layout.live, "whose?");
  await Deno.chmod(layout.live, 0o644);
  const path = await stashFile(layout, layout.live, { now: NOW });
  assertEquals(await listStash(layout), [path]);
  assertEquals(await Deno.readTextFile(path), "whose?");
  assertEquals(await modeOf(path), "0600");
  assertEquals(await modeOf(layout.stash), "0700");
  await Deno.writeTextFile(layout.live, "the name is free");
});

Deno.test("stashFile() keeps each of several files of the same moment", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  for (const content of ["a", "b", "a"]) {
    await Deno.writeTextFile(layout.live, content);
    await stashFile(layout, layout.live, { now: NOW });
  }
  const kept = (await listStash(layout)).map((it) => Deno.readTextFile(it));
  assertEquals((await Promise.all(kept)).sort(), ["a", "a", "b"]);
});

Deno.test("listStash() begins with the oldest", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  const paths: string[] = [];
  for (const now of [NOW, NOW + 1, NOW + 86_400_000]) {
    await Deno.writeTextFile(layout.live, "whose?");
    paths.push(await stashFile(layout, layout.live, { now }));
  }
  assertEquals(await listStash(layout), paths);
});

Deno.test("listStash() finds nothing when there is no stash", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  assertEquals(await listStash(folder.layout), []);
});

/** The longest name that file systems allow. */
const MOST_NAME_LENGTH = 255;

const SUSPECTED: Record<string, { suspects: number[]; suffix: RegExp }> = {
  "no account": { suspects: [], suffix: /Z-[0-9a-f]{8}\.json$/ },
  "one account": { suspects: [7], suffix: /Z-[0-9a-f]{8}\.of_7\.json$/ },
  "accounts in any order": { suspects: [10, 2], suffix: /\.of_2_10\.json$/ },
  "as many accounts as the name has room for": {
    suspects: from1To(43),
    suffix: /\.of_1_2_3_\d[\d_]*_43\.json$/,
  },
  "more accounts than the name has room for": {
    suspects: from1To(44),
    suffix: /\.of_any\.json$/,
  },
};

for (const [what, { suspects, suffix }] of Object.entries(SUSPECTED)) {
  Deno.test(`stashFile() names ${what} that the login may belong to`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    const name = await stashed(folder, credential(1), suspects);
    assertMatch(name, suffix);
    assert(name.length <= MOST_NAME_LENGTH, `${name.length} characters`);
    const slots = suspects.toSorted((a, b) => a - b);
    assertEquals(suspectsOf(`${folder.layout.stash}/${name}`, slots), slots);
  });
}

const NAMES: Record<string, number[]> = {
  "oauth_creds.20261121T083500123Z-ab12cd34.json": [],
  "oauth_creds.20261121T083500123Z-ab12cd34.of_2.json": [2],
  "oauth_creds.20261121T083500123Z-ab12cd34.of_1_3.json": [1, 3],
  "oauth_creds.20261121T083500123Z-ab12cd34.of_3_20.json": [3],
  "oauth_creds.20261121T083500123Z-ab12cd34.of_20.json": [],
  "oauth_creds.20261121T083500123Z-ab12cd34.of_any.json": [1, 2, 3],
  "oauth_creds.of_.json": [],
  "oauth_creds.of_0.json": [],
  "oauth_creds.of_01.json": [],
  "oauth_creds.of_1_.json": [],
  "oauth_creds.of_1_any.json": [],
  "oauth_creds.of_1.json.away": [],
};

for (const [name, suspects] of Object.entries(NAMES)) {
  Deno.test(`suspectsOf() returns ${suspects.join() || "nobody"} of 1,2,3 for ${name}`, () => {
    assertEquals(suspectsOf(`/stash/${name}`, [1, 2, 3]), suspects);
  });
}

function from1To(last: number): number[] {
  return Array.from({ length: last }, (_, at) => at + 1);
}
