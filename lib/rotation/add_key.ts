import { InvalidCredentialError } from "../errors.ts";
import type { KeyOfRun } from "../providers/provider.ts";
import type { ApiKey } from "../store/api_key.ts";
import { readKeySlot, writeKeySlot } from "../store/key_slots.ts";
import { activeAccount, type Snapshot } from "../store/snapshot.ts";
import { withLabel } from "../store/state.ts";
import type { Locked } from "../store/update.ts";
import { type AddResult, isIdle, nextIndex } from "./add_account.ts";
import { keyOf } from "./key_of.ts";
import { settle } from "./settle.ts";
import { switchAccount } from "./switch_account.ts";

/**
 * Adds an API-key account with the next higher number, unless an account has
 * the key already: that one gets the address and the model then. A new one is
 * made the active one where none is of use.
 *
 * @throws {InvalidCredentialError} If a slot cannot hold one of the values.
 */
export async function addKey(
  locked: Locked,
  { apiKey, baseUrl, model, others = {} }: KeyOfRun,
  { label }: { label?: string | undefined } = {},
): Promise<AddResult> {
  const from = activeAccount(locked, await settle(locked));
  const present = await accountWithKey(locked, apiKey);
  if (present !== undefined) {
    const key = await keyOf(locked, present);
    const updated = key?.baseUrl !== baseUrl || key.model !== model;
    const others = key?.others ?? {};
    if (updated) {
      await write(locked, present, { apiKey, baseUrl, model, others });
    }
    return { index: present, added: false, updated };
  }
  const index = await nextIndex(locked);
  await write(locked, index, { apiKey, baseUrl, model, others });
  locked.keys = [...locked.keys, index].sort((a, b) => a - b);
  if (label !== undefined) {
    locked.state = withLabel(locked.state, index, label);
  }
  locked.record({
    level: "info",
    event: "account_added",
    from: null,
    to: index,
    reason: "an API key",
  });
  if (isIdle(locked, from)) {
    const reason = "added";
    await switchAccount(locked, { from: from ?? index, to: index, reason });
  }
  return { index, added: true, updated: false };
}

async function write(
  { layout }: Locked,
  index: number,
  key: ApiKey,
): Promise<void> {
  try {
    await writeKeySlot(layout, index, key);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InvalidCredentialError("the new key", `it ${error.message}`);
  }
}

/** The account that has this key, if one has. */
export async function accountWithKey(
  { layout, keys }: Pick<Snapshot, "layout" | "keys">,
  apiKey: string,
): Promise<number | undefined> {
  for (const index of keys) {
    const found = await readKeySlot(layout, index);
    if ("key" in found && found.key.apiKey === apiKey) return index;
  }
  return undefined;
}
