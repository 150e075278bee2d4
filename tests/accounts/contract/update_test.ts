/**
 * What every change of the accounts relies on: `update()` looks, settles, and
 * then changes.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NOW,
} from "../../support/account_folder.ts";
import { type Update, update } from "../../../lib/accounts/update.ts";
import { fakeClock } from "../../support/clock.ts";

const NEWER = credential(2, {
  accessToken: "next",
  expiresAt: NOW + 9_000_000,
});

Deno.test("update() looks before it settles, and hands the result to the change", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  await folder.put(NEWER);
  const result = await updated(folder, {
    look: () => folder.slot(2),
    change: async (_, before) => [before, await folder.slot(2)],
  });
  assertEquals(result, [credential(2), NEWER]);
});

Deno.test("update() settles nothing when the look throws", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  await folder.put(NEWER);
  const error = new RangeError("not that one");
  const thrown = await updated(folder, {
    look: () => Promise.reject(error),
    change: () => {},
  }).catch((it) => it);
  assertEquals(thrown, error);
  assertEquals(await folder.slot(2), credential(2));
});

Deno.test("update() asks about a login without an owner, and stashes a copy when it is not used", async () => {
  await using folder = await accountFolder({
    accounts: [3],
    state: { current_index: 2 },
  });
  assertEquals(await askedAbout(folder, credential(9)), [credential(9)]);
  assertEquals(await folder.stash(), [credential(9)]);
});

Deno.test("update() does not ask about a login that may belong to an account", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  assertEquals(await askedAbout(folder, credential(9)), []);
  assertEquals(await folder.stash(), [credential(9)]);
});

/** Updates the folder at `NOW`. */
async function updated<T, L = undefined>(
  { layout }: AccountFolder,
  change: Update<T, L>,
): Promise<T> {
  return await update(layout, change, {
    notify: () => {},
    system: fakeClock(),
  });
}

/** The logins that an update asks about when `login` is in the link's place. */
async function askedAbout(
  folder: AccountFolder,
  login: Uint8Array,
): Promise<Uint8Array[]> {
  await folder.put(login);
  const asked: Uint8Array[] = [];
  await updated(folder, {
    unowned(_, { bytes }) {
      asked.push(bytes);
      return Promise.resolve(undefined);
    },
    change: () => {},
  });
  return asked;
}
