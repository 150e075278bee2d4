import { nameIn } from "./account_name.ts";
import { MissingAccountError, NoAccountError } from "../errors.ts";
import { InvalidCredentialError, NoKeyError } from "../login_errors.ts";
import type { ApiKey } from "../store/api_key.ts";
import { readKeySlot } from "../store/key_slots.ts";
import { allAccounts, keySlotPath } from "../store/slot_names.ts";
import type { Snapshot } from "../store/snapshot.ts";

/**
 * The key of account `index`; `undefined` if it is an OAuth account.
 *
 * @throws {InvalidCredentialError} If its slot is of no use.
 */
export async function keyOf(
  { layout, keys }: Pick<Snapshot, "layout" | "keys">,
  index: number,
): Promise<ApiKey | undefined> {
  if (!keys.includes(index)) return undefined;
  const found = await readKeySlot(layout, index);
  if ("key" in found) return found.key;
  const path = keySlotPath(layout, index);
  throw new InvalidCredentialError(path, `it ${found.problem}`);
}

/**
 * The key of account `index`, by default the active one.
 *
 * @throws {NoAccountError} If there is no active account.
 * @throws {MissingAccountError} If there is no such account.
 * @throws {NoKeyError} If it is an OAuth account.
 * @throws {InvalidCredentialError} If its slot is of no use.
 */
export async function readKeyOf(
  snapshot: Snapshot,
  index: number | undefined = snapshot.active,
): Promise<ApiKey> {
  if (index === undefined) throw new NoAccountError(snapshot.layout.accounts);
  const all = allAccounts(snapshot);
  if (!all.includes(index)) throw new MissingAccountError(index, all);
  const key = await keyOf(snapshot, index);
  if (!key) {
    throw new NoKeyError(index, "tell", { name: nameIn(snapshot, index) });
  }
  return key;
}
