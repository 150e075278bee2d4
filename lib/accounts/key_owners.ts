import { isSameAddress } from "../agents/presets.ts";
import { cleanKey } from "../agents/given_key.ts";
import { readKeySlot } from "../vault/logins/key_slots.ts";
import type { Snapshot } from "../vault/snapshot.ts";

/** An account with a key, and the address that it has it for. */
export interface Owner {
  /** Its number. */
  index: number;
  /** Where the API is. */
  baseUrl: string;
}

/**
 * The account that has this key, if one has. With an address, that is the one
 * that has it for that address: elsewhere the key is another account.
 */
export async function accountWithKey(
  snapshot: Pick<Snapshot, "layout" | "keys">,
  givenKey: string,
  baseUrl?: string,
): Promise<number | undefined> {
  const { text: apiKey } = cleanKey(givenKey);
  const owners = await ownersOf(snapshot, apiKey);
  const owner = baseUrl === undefined
    ? owners[0]
    : owners.find((it) => isSameAddress(it.baseUrl, baseUrl));
  return owner?.index;
}

/** The accounts that have a key, and the address that each is for. */
export async function ownersOf(
  { layout, keys }: Pick<Snapshot, "layout" | "keys">,
  apiKey: string,
): Promise<Owner[]> {
  const owners: Owner[] = [];
  for (const index of keys) {
    const found = await readKeySlot(layout, index);
    if (!("key" in found) || found.key.apiKey !== apiKey) continue;
    owners.push({ index, baseUrl: found.key.baseUrl });
  }
  return owners;
}
