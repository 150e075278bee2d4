import { assert, assertEquals } from "@std/assert";
import { Contents } from "../../lib/vault/logins/contents.ts";
import { copyToGenerations } from "../../lib/vault/logins/generations.ts";
import { pruneStash } from "../../lib/vault/logins/prune_stash.ts";
import { weighStash } from "../../lib/vault/logins/doubt.ts";
import { listHistory } from "../../lib/vault/settle/guess.ts";
import { writeSlot } from "../../lib/vault/logins/slots.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NOW,
} from "../support/account_folder.ts";
import { replaceFiles } from "../support/files.ts";
import { stashed } from "../support/stashed.ts";
import { tempDir } from "../support/temp_dir.ts";

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("Contents.find() finds every file with the bytes, and no other", async () => {
  await using dir = await tempDir();
  const texts = { a: "one", b: "two", c: "one", d: "three" };
  for (const [name, text] of Object.entries(texts)) {
    await Deno.writeTextFile(`${dir.path}/${name}`, text);
  }
  await Deno.mkdir(`${dir.path}/e`);
  const names = [...Object.keys(texts), "e", "missing"];
  const contents = new Contents(names.map((it) => `${dir.path}/${it}`));
  assertEquals(await contents.find(encode("one")), [
    `${dir.path}/a`,
    `${dir.path}/c`,
  ]);
  assertEquals(await contents.find(encode("six")), []);
  assertEquals(await contents.find(encode("")), []);
});

const MANY = 40;

/** A folder with as many stashed copies as generations, all of one size. */
async function manyCopies(): Promise<AccountFolder> {
  const folder = await accountFolder({ accounts: [1, 2], inMemory: true });
  const { layout } = folder;
  for (let number = 0; number < MANY; number++) {
    const bytes = numbered(number);
    await stashed(folder, bytes, [1, 2]);
    await copyToGenerations(layout, 1, bytes, NOW);
  }
  await writeSlot(layout, 1, numbered(MANY), NOW + 1);
  return folder;
}

function numbered(number: number): Uint8Array {
  return credential(1, {
    accessToken: `access-${String(number).padStart(5, "0")}`,
    expiresAt: NOW + number,
  });
}

for (
  const [name, look] of Object.entries({
    "weighStash()": ({ layout }: AccountFolder) => weighStash(layout, [1, 2]),
    "listHistory()": ({ layout }: AccountFolder) => listHistory(layout, 1),
    "pruneStash()": ({ layout }: AccountFolder) =>
      pruneStash(layout, [1, 2], NOW),
  })
) {
  Deno.test(`${name} reads each file a few times, however many there are`, async () => {
    await using folder = await manyCopies();
    const reads = new Map<string, number>();
    using _ = replaceFiles((real) => ({
      read(path, maxBytes) {
        reads.set(path, (reads.get(path) ?? 0) + 1);
        return real.read(path, maxBytes);
      },
    }));
    await look(folder);
    assert(reads.size >= MANY, `only ${reads.size} files were read`);
    const most = Math.max(...reads.values());
    assert(most <= 4, `one file was read ${most} times`);
  });
}
