import { cleanKey } from "../store/given_key.ts";
import { readKeySlot } from "../store/key_slots.ts";
import type { Snapshot } from "../store/snapshot.ts";

/** An account with a key, and the address that it has it for. */
export interface Owner {
  /** Its number. */
  index: number;
  /** Where the API is. */
  baseUrl: string;
}

/** The account that has this key, if one has. */
export async function accountWithKey(
  snapshot: Pick<Snapshot, "layout" | "keys">,
  givenKey: string,
): Promise<number | undefined> {
  const { text: apiKey } = cleanKey(givenKey);
  return (await ownersOf(snapshot, apiKey))[0]?.index;
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
