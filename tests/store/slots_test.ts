import { assertEquals, assertRejects } from "@std/assert";
import { listGenerations } from "../../lib/store/generations.ts";
import { readSlot, writeSlot } from "../../lib/store/slots.ts";
import { slotPath } from "../../lib/store/slot_names.ts";
import {
  accountFolder,
  credential,
  modeOf,
  namesIn,
  NOW,
} from "../support/account_folder.ts";
import { failing, FILE_SYSTEMS, replaceFiles } from "../support/files.ts";

const NEW = credential(1, { accessToken: "next" });

Deno.test("readSlot() gives nothing when there is no slot", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  assertEquals(await readSlot(folder.layout, 2), undefined);
});

for (const [which, use] of Object.entries(FILE_SYSTEMS)) {
  Deno.test(`writeSlot() makes a new slot on a file system ${which}`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    const { layout } = folder;
    using _ = use();
    await writeSlot(layout, 2, credential(2), NOW);
    assertEquals(await readSlot(layout, 2), credential(2));
    assertEquals(await modeOf(slotPath(layout, 2)), "0600");
    assertEquals(await listGenerations(layout, 2), []);
  });

  Deno.test(`writeSlot() keeps the old content as a generation on a file system ${which}`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    const { layout } = folder;
    using _ = use();
    await writeSlot(layout, 1, NEW, NOW);
    assertEquals(await readSlot(layout, 1), NEW);
    const [kept = "", ...others] = await listGenerations(layout, 1);
    assertEquals(await Deno.readFile(kept), credential(1));
    assertEquals(others, []);
    assertEquals(
      await namesIn(layout.accounts),
      ["generations", "oauth_creds_1.json"],
    );
  });
}

Deno.test("writeSlot() keeps what the CLI writes at the last moment", async () => {
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
  assertEquals(await readSlot(layout, 1), NEW);
  const [kept = ""] = await listGenerations(layout, 1);
  assertEquals(await Deno.readFile(kept), last);
});

Deno.test("writeSlot() keeps the old content in place when the disk is full", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  using _ = failing("create");
  const write = () => writeSlot(layout, 1, NEW, NOW);
  await assertRejects(write, Error, "No space left");
  assertEquals(await readSlot(layout, 1), credential(1));
});
