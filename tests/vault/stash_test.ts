import { assert, assertEquals, assertMatch } from "@std/assert";
import { basename } from "../../lib/disk/names.ts";
import { refreshed } from "../accounts/agent_writes.ts";
import { doubtful } from "../accounts/doubt.ts";
import { managerOf } from "../accounts/managers.ts";
import { settled } from "../accounts/watched.ts";
import {
  accountFolder,
  credential,
  modeOf,
} from "../support/account_folder.ts";
import { stashPaths } from "../support/kept_files.ts";
import { strangers } from "../support/strangers.ts";

Deno.test("the stash is hidden from other users", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  using _ = strangers();
  await folder.put(refreshed(9));
  await Deno.chmod(folder.layout.live, 0o644);
  await settled(folder);
  const [path = ""] = await stashPaths(folder.layout);
  assertEquals(await modeOf(path), "0600");
  assertEquals(await modeOf(folder.layout.stash), "0700");
});

Deno.test("the stash keeps each of several files that are stashed at the same time", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _ = strangers();
  const torn = [60, 70, 80].map((it) => credential(1).subarray(0, it));
  for (const [at, bytes] of torn.entries()) {
    await folder.put(bytes);
    await managerOf(folder).switchTo(1 + at % 2);
  }
  const kept = (await folder.stash()).map(String);
  assertEquals(new Set(kept), new Set(torn.map(String)));
});

/** The longest name that file systems allow. */
const MOST_NAME_LENGTH = 255;

const SUSPECTED: Record<string, { suspects: number[]; suffix: RegExp }> = {
  "one account": { suspects: [7], suffix: /Z-[0-9a-f]{8}\.of_7\.json$/ },
  "accounts in the order of their numbers": {
    suspects: [10, 2],
    suffix: /\.of_2_10\.json$/,
  },
  "as many accounts as fit into the name": {
    suspects: from1To(43),
    suffix: /\.of_1_2_3_\d[\d_]*_43\.json$/,
  },
  "more accounts than fit into the name": {
    suspects: from1To(44),
    suffix: /\.of_any\.json$/,
  },
};

for (const [what, { suspects, suffix }] of Object.entries(SUSPECTED)) {
  Deno.test(`the name of a stashed login tells ${what} that it may belong to`, async () => {
    await using folder = await accountFolder({
      accounts: suspects,
      inMemory: true,
    });
    using _ = strangers();
    await folder.put(refreshed(99));
    await settled(folder);
    const [path = ""] = await stashPaths(folder.layout);
    const name = basename(path);
    assertMatch(name, suffix);
    assert(name.length <= MOST_NAME_LENGTH, `${name.length} characters`);
    const slots = suspects.toSorted((a, b) => a - b);
    assertEquals(await doubtful(folder), slots);
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
  Deno.test(`a login stashed as ${name} makes ${suspects.join() || "nobody"} of 1,2,3 doubtful`, async () => {
    await using folder = await accountFolder({
      accounts: [1, 2, 3],
      inMemory: true,
    });
    await Deno.mkdir(folder.layout.stash, { mode: 0o700 });
    await folder.put(refreshed(9), `${folder.layout.stash}/${name}`);
    assertEquals(await doubtful(folder), suspects);
  });
}

function from1To(last: number): number[] {
  return Array.from({ length: last }, (_, at) => at + 1);
}
