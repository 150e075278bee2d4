import { assertEquals } from "@std/assert";
import { slotPath } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NOW,
} from "../support/account_folder.ts";
import { stashed } from "../support/stashed.ts";
import { doubtful as doubtfulIn } from "../accounts/doubt.ts";
import { refreshed } from "../accounts/agent_writes.ts";

/** A login that expires before all others. */
const OLD = credential(9, { expiresAt: NOW });

interface Stashed {
  /** Puts something into a folder with the accounts 1, 2 and 3. */
  put: (folder: AccountFolder) => Promise<unknown>;
  /** The accounts that are doubtful then. */
  doubtful: number[];
}

const STASHED: Record<string, Stashed> = {
  "nothing is stashed": { put: () => Promise.resolve(), doubtful: [] },
  "a newer login may belong to two accounts": {
    put: (folder) => stashed(folder, refreshed(1), [1, 2]),
    doubtful: [1, 2],
  },
  "a newer login may belong to any account": {
    put: async (folder) => {
      const { stash } = folder.layout;
      const name = await stashed(folder, refreshed(1));
      const any = name.replace(".json", ".of_any.json");
      await Deno.rename(`${stash}/${name}`, `${stash}/${any}`);
    },
    doubtful: [1, 2, 3],
  },
  "a newer login belongs to no account": {
    put: (folder) => stashed(folder, refreshed(9)),
    doubtful: [],
  },
  "a newer login may belong to a removed account": {
    put: (folder) => stashed(folder, refreshed(9), [9]),
    doubtful: [],
  },
  "a newer login may belong to a removed account or to another one": {
    put: (folder) => stashed(folder, refreshed(9), [2, 9]),
    doubtful: [2],
  },
  "several newer logins may belong to different accounts": {
    put: async (folder) => {
      await stashed(folder, refreshed(1), [1]);
      await stashed(folder, refreshed(3), [3]);
    },
    doubtful: [1, 3],
  },
  "a login expires at the same time as those in the slots": {
    put: (folder) => stashed(folder, credential(9), [1, 2]),
    doubtful: [1, 2],
  },
  "an older login may belong to two accounts": {
    put: (folder) => stashed(folder, OLD, [1, 2]),
    doubtful: [],
  },
  "a login is newer than that of one of two": {
    put: async (folder) => {
      await folder.renew(1, refreshed(1, 3));
      await stashed(folder, refreshed(2, 2), [1, 2]);
    },
    doubtful: [2],
  },
  "a newer login is in the slot of one of two": {
    put: async (folder) => {
      await folder.renew(2, refreshed(2));
      await stashed(folder, refreshed(2), [1, 2]);
    },
    doubtful: [],
  },
  "a newer login was in a slot that has an even newer one": {
    put: async (folder) => {
      await folder.renew(2, refreshed(2, 1));
      await folder.renew(2, refreshed(2, 2));
      await stashed(folder, refreshed(2, 1), [1, 2]);
    },
    doubtful: [],
  },
  "a newer login was put into the slot of a third account": {
    put: async (folder) => {
      await folder.renew(3, refreshed(2));
      await stashed(folder, refreshed(2), [1, 2]);
    },
    doubtful: [],
  },
  "a restore was killed between the generations and the slot": {
    put: async (folder) => {
      await folder.keep(2, refreshed(2));
      await stashed(folder, refreshed(2), [1, 2]);
    },
    doubtful: [1, 2],
  },
  "a newer login is cut short": {
    put: (folder) => stashed(folder, refreshed(1).subarray(0, 90), [1, 2]),
    doubtful: [],
  },
  "the slot of one of two is broken, and the login is newer": {
    put: async (folder) => {
      await folder.put(new Uint8Array(), slotPath(folder.layout, 2));
      await stashed(folder, refreshed(1), [1, 2]);
    },
    doubtful: [1, 2],
  },
  "the slot of one of two is broken, and the login is older": {
    put: async (folder) => {
      await folder.put(new Uint8Array(), slotPath(folder.layout, 2));
      await stashed(folder, OLD, [1, 2]);
    },
    doubtful: [2],
  },
};

for (const [when, { put, doubtful }] of Object.entries(STASHED)) {
  const whom = doubtful.join() || "nobody";
  Deno.test(`the stash makes doubtful ${whom} of 1,2,3 when ${when}`, async () => {
    await using folder = await accountFolder({
      accounts: [1, 2, 3],
      inMemory: true,
    });
    await put(folder);
    assertEquals(await doubtfulIn(folder), doubtful);
  });
}
