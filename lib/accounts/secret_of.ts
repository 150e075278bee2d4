import { nameIn } from "../vault/account_name.ts";
import { MissingAccountError, NoAccountError } from "../errors.ts";
import {
  InvalidCredentialError,
  KeyAccountError,
  NoKeyError,
} from "../login_errors.ts";
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

/** Where the agent goes with a login that names no address (0.12.0). */
const DEFAULT_ADDRESS = "https://dashscope.aliyuncs.com/compatible-mode/v1";

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
  // Checked when it was read.
  const { resource_url } = JSON.parse(new TextDecoder().decode(slot.bytes));
  const baseUrl = addressOf(resource_url);
  if (baseUrl === undefined) {
    const path = slotPath(snapshot.layout, index);
    const problem = "it has a resource_url that is not https";
    throw new InvalidCredentialError(path, problem);
  }
  return { accessToken: slot.credential.accessToken, baseUrl };
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

/** The host that answers the login `bytes`, a credential that was checked. */
export function hostOfLogin(bytes: Uint8Array): string | undefined {
  const { resource_url } = JSON.parse(new TextDecoder().decode(bytes));
  return urlOf(resource_url)?.host;
}

function addressOf(resourceUrl: unknown): string | undefined {
  const url = urlOf(resourceUrl);
  return url && isSafe(url) ? url.href : undefined;
}

/** As the agent has it: https and `/v1` go without saying. */
function urlOf(resourceUrl: unknown): URL | null {
  const text = typeof resourceUrl === "string" && resourceUrl !== ""
    ? resourceUrl
    : DEFAULT_ADDRESS;
  const full = text.startsWith("http") ? text : `https://${text}`;
  return URL.parse(full.endsWith("/v1") ? full : `${full}/v1`);
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
