import { assert, assertEquals } from "@std/assert";
import { slotPath } from "../../lib/disk/names.ts";
import { refreshed } from "../accounts/agent_writes.ts";
import { managerOf } from "../accounts/managers.ts";
import {
  accountFolder,
  credential,
  modeOf,
  namesIn,
  text,
} from "../support/account_folder.ts";
import { assertFails } from "../support/assert_fails.ts";
import { FILE_SYSTEMS, noSpace, replaceFiles } from "../support/files.ts";
import { strangers } from "../support/strangers.ts";

const NEW = refreshed(1);

for (const [which, use] of Object.entries(FILE_SYSTEMS)) {
  Deno.test(`addLogin() makes a new slot on a file system ${which}`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    const { layout } = folder;
    using _ = use();
    assertEquals((await managerOf(folder).addLogin(credential(2))).index, 2);
    assertEquals(await folder.slot(2), credential(2));
    assertEquals(await modeOf(slotPath(layout, 2)), "0600");
    assertEquals(await folder.generations(2), [credential(2)]);
    const names = await namesIn(layout.accounts);
    assertEquals(names.filter((it) => it.endsWith(".tmp")), []);
  });

  Deno.test(`addLogin() keeps the new content and the previous one on a file system ${which}`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    using _ = use();
    await managerOf(folder).addLogin(NEW, { index: 1 });
    assertEquals(await folder.slot(1), NEW);
    assertEquals(await folder.generations(1), [NEW, credential(1)]);
    const names = await namesIn(folder.layout.accounts);
    assertEquals(names.filter((it) => it.endsWith(".tmp")), []);
  });
}

for (const index of [0, -1, 1.5]) {
  Deno.test(`addLogin() refuses account ${index}, which no slot can have`, async () => {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    const before = await folder.credentials();
    const add = () => managerOf(folder).addLogin(credential(7), { index });
    await assertFails(add, "no-such-account");
    assertEquals(await folder.credentials(), before);
  });
}

Deno.test("addLogin() keeps what the agent writes at the last moment", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  using _strangers = strangers();
  const { layout } = folder;
  const last = credential(1, { accessToken: "of the last moment" });
  let times = 0;
  using _ = replaceFiles((real) => ({
    async exchange(a, b) {
      const isSlot = [a, b].includes(slotPath(layout, 1));
      // Through the link, as it does.
      if (isSlot && times++ === 0) await Deno.writeFile(layout.live, last);
      return await real.exchange(a, b);
    },
  }));
  await managerOf(folder).addLogin(NEW, { index: 1 });
  assertEquals(times > 0, true);
  assertEquals(await folder.slot(1), NEW);
  const kept = (await folder.generations(1)).map(text);
  assert(kept.includes(text(last)), "the content of the last moment is lost");
});

Deno.test("addLogin() keeps one generation when the content is the same", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const manager = managerOf(folder);
  for (let time = 0; time < 2; time++) {
    await manager.addLogin(credential(1), { index: 1 });
  }
  assertEquals(await folder.slot(1), credential(1));
  assertEquals(await folder.generations(1), [credential(1)]);
});

Deno.test("addLogin() stashes the old content when it is not a credential", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const torn = credential(1).subarray(0, 90);
  await folder.put(torn, slotPath(folder.layout, 1));
  await managerOf(folder).addLogin(NEW, { index: 1 });
  assertEquals(await folder.slot(1), NEW);
  assertEquals(await folder.generations(1), [NEW]);
  assertEquals(await folder.stash(), [torn]);
});

Deno.test("restore() leaves the old content in place when the disk is full", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await folder.renew(1, NEW);
  using _ = replaceFiles((real) => ({
    create: (path, bytes, mode) =>
      path.includes("/accounts/")
        ? Promise.reject(noSpace())
        : real.create(path, bytes, mode),
  }));
  const error = await managerOf(folder).restore(1).catch((it) => it);
  assertEquals(error.code, "ENOSPC");
  assertEquals(await folder.slot(1), NEW);
});
