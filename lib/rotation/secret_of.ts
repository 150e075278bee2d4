import { nameIn } from "./account_name.ts";
import { MissingAccountError, NoAccountError } from "../errors.ts";
import {
  InvalidCredentialError,
  KeyAccountError,
  NoKeyError,
} from "../login_errors.ts";
import { isSafe } from "../runtime/loopback.ts";
import type { ApiKey } from "../agents/api_key.ts";
import type { Found } from "../store/credential_file.ts";
import { readKeySlot } from "../store/key_slots.ts";
import { allAccounts, keySlotPath, slotPath } from "../store/slot_names.ts";
import { readSlot } from "../store/slots.ts";
import type { Snapshot } from "../store/snapshot.ts";

/** What requests with an OAuth account need. Secret. */
export interface LoginOfRun {
  /** Sent with each request. */
  accessToken: string;
  /** Where the API is, without a slash at the end. */
  baseUrl: string;
}

/**
 * Reads the login of the OAuth account `index`, with its address as the agent
 * completes it.
 *
 * @throws {MissingAccountError} If there is no such OAuth account.
 * @throws {InvalidCredentialError} If there is no login in its slot, or its
 * address is neither https nor on this machine.
 */
export async function readLoginOf(
  snapshot: Pick<Snapshot, "layout" | "slots" | "keys" | "state">,
  index: number,
): Promise<LoginOfRun> {
  const slot = await requireLogin(snapshot, index);
  const url = snapshot.layout.agent.login.addressOf(slot.bytes);
  if (!url || !isSafe(url)) {
    const path = slotPath(snapshot.layout, index);
    const problem = "it has an address that is not https";
    throw new InvalidCredentialError(path, problem);
  }
  return { accessToken: slot.credential.accessToken, baseUrl: url.href };
}

/**
 * The content of the slot of the OAuth account `index`.
 *
 * @throws {MissingAccountError} If there is no such OAuth account.
 * @throws {InvalidCredentialError} If there is no login in its slot.
 */
export async function requireLogin(
  { layout, slots, keys, state }: Pick<
    Snapshot,
    "layout" | "slots" | "keys" | "state"
  >,
  index: number,
): Promise<Found> {
  if (!slots.includes(index)) {
    if (keys.includes(index)) {
      throw new KeyAccountError("refresh", index, {
        name: nameIn({ state }, index),
      });
    }
    throw new MissingAccountError(index, allAccounts({ slots, keys }));
  }
  const slot = await readSlot(layout, index);
  if ("bytes" in slot) return slot;
  const problem = `it ${slot.problem}`;
  throw new InvalidCredentialError(slotPath(layout, index), problem);
}

/**
 * The key of account `index`; `undefined` if it is an OAuth account.
 *
 * @throws {InvalidCredentialError} If its slot is unusable.
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
 * @throws {InvalidCredentialError} If its slot is unusable.
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
