import { nameIn } from "../vault/account_name.ts";
import {
  hasNoKey,
  hasNoLogin,
  invalidCredential,
  noAccount,
  noSuchAccount,
} from "../common_errors.ts";
import { isSafe } from "../system/loopback.ts";
import type { ApiKey } from "../agents/api_key.ts";
import type { Found } from "../vault/logins/credential_file.ts";
import { readKeySlot } from "../vault/logins/key_slots.ts";
import { allAccounts, keySlotPath, slotPath } from "../disk/slot_names.ts";
import { readSlot } from "../vault/logins/slots.ts";
import type { Snapshot } from "../vault/snapshot.ts";

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
 * @throws {AccountError} If no OAuth account has that number.
 * @throws {FileError} If its slot does not contain a login, or its
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
    throw invalidCredential(path, problem);
  }
  return { accessToken: slot.credential.accessToken, baseUrl: url.href };
}

/**
 * The content of the slot of the OAuth account `index`.
 *
 * @throws {AccountError} If no OAuth account has that number.
 * @throws {FileError} If its slot does not contain a login.
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
      throw hasNoLogin("refresh", { index, name: nameIn({ state }, index) });
    }
    throw noSuchAccount(index, allAccounts({ slots, keys }));
  }
  const slot = await readSlot(layout, index);
  if ("bytes" in slot) return slot;
  const problem = `it ${slot.problem}`;
  throw invalidCredential(slotPath(layout, index), problem);
}

/**
 * The key of account `index`; `undefined` if it is an OAuth account.
 *
 * @throws {FileError} If its slot is unusable.
 */
export async function keyOf(
  { layout, keys }: Pick<Snapshot, "layout" | "keys">,
  index: number,
): Promise<ApiKey | undefined> {
  if (!keys.includes(index)) return undefined;
  const found = await readKeySlot(layout, index);
  if ("key" in found) return found.key;
  const path = keySlotPath(layout, index);
  throw invalidCredential(path, `it ${found.problem}`);
}

/**
 * The key of account `index`, by default the active one.
 *
 * @throws {LoginNeededError} If no account is active.
 * @throws {AccountError} If the account does not exist.
 * @throws {AccountError} If it is an OAuth account.
 * @throws {FileError} If its slot is unusable.
 */
export async function readKeyOf(
  snapshot: Snapshot,
  index: number | undefined = snapshot.active,
): Promise<ApiKey> {
  if (index === undefined) throw noAccount(snapshot.layout.accounts);
  const all = allAccounts(snapshot);
  if (!all.includes(index)) throw noSuchAccount(index, all);
  const key = await keyOf(snapshot, index);
  if (!key) {
    throw hasNoKey("print", { index, name: nameIn(snapshot, index) });
  }
  return key;
}
