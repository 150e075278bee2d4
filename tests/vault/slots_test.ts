import { assert, assertEquals, assertRejects } from "@std/assert";
import { parseCredential } from "../../lib/agents/qwen/credential.ts";
import { readSlot, writeSlot } from "../../lib/vault/logins/slots.ts";
import { slotPath } from "../../lib/disk/slot_names.ts";
import {
  accountFolder,
  credential,
  modeOf,
  namesIn,
  NOW,
  text,
} from "../support/account_folder.ts";
import { failing, FILE_SYSTEMS, replaceFiles } from "../support/files.ts";

const NEW = credential(1, { accessToken: "next" });

Deno.test("readSlot() returns nothing when there is no slot", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  assertEquals(await readSlot(folder.layout, 2), { problem: "is not there" });
});

Deno.test("readSlot() returns the bytes and their meaning", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  assertEquals(await readSlot(folder.layout, 1), {
    bytes: credential(1),
    credential: parseCredential(credential(1)),
  });
});

for (const [which, use] of Object.entries(FILE_SYSTEMS)) {
  Deno.test(`writeSlot() makes a new slot on a file system ${which}`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    const { layout } = folder;
    using _ = use();
    await writeSlot(layout, 2, credential(2), NOW);
    assertEquals(await folder.slot(2), credential(2));
    assertEquals(await modeOf(slotPath(layout, 2)), "0600");
    assertEquals(await folder.generations(2), [credential(2)]);
    assertEquals(
      await namesIn(layout.accounts),
      ["generations", "oauth_creds_1.json", "oauth_creds_2.json"],
    );
  });

  Deno.test(`writeSlot() keeps the new content and the previous one on a file system ${which}`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    const { layout } = folder;
    using _ = use();
    await writeSlot(layout, 1, NEW, NOW);
    assertEquals(await folder.slot(1), NEW);
    assertEquals(await folder.generations(1), [NEW, credential(1)]);
    assertEquals(
      await namesIn(layout.accounts),
      ["generations", "oauth_creds_1.json"],
    );
  });
}

Deno.test("writeSlot() keeps what the agent writes at the last moment", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { layout } = folder;
  const last = credential(1, { accessToken: "of the last moment" });
  using _ = replaceFiles((real) => ({
    async exchange(a, b) {
      await Deno.writeFile(layout.live, last); // through the link, as it does
      return await real.exchange(a, b);
    },
  }));
  await writeSlot(layout, 1, NEW, NOW);
  assertEquals(await folder.slot(1), NEW);
  const kept = (await folder.generations(1)).map(text);
  assert(kept.includes(text(last)), "the content of the last moment is lost");
});

Deno.test("writeSlot() changes nothing when the content is the same", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  await writeSlot(layout, 1, credential(1), NOW);
  await writeSlot(layout, 1, credential(1), NOW);
  assertEquals(await folder.slot(1), credential(1));
  assertEquals(await folder.generations(1), [credential(1)]);
});

Deno.test("writeSlot() stashes what was in the slot and is not a credential", async () => {
  await using folder = await accountFolder();
  const { layout } = folder;
  await Deno.mkdir(layout.accounts, { recursive: true });
  const torn = credential(1).subarray(0, 90);
  await folder.put(torn, slotPath(layout, 1));
  await writeSlot(layout, 1, NEW, NOW);
  assertEquals(await folder.slot(1), NEW);
  assertEquals(await folder.generations(1), [NEW]);
  assertEquals(await folder.stash(), [torn]);
});

Deno.test("writeSlot() leaves the old content in place when the disk is full", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  using _ = failing("create");
  const write = () => writeSlot(layout, 1, NEW, NOW);
  await assertRejects(write, Error, "No space left");
  assertEquals(await folder.slot(1), credential(1));
});
