import { withLink } from "../disk/layout.ts";
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
import {
  type Found,
  readKeySlot,
  readSlot,
} from "../vault/logins/credential_file.ts";
import { digestOf } from "../disk/bytes.ts";
import { placeOf } from "../vault/home_logins/login_accounts.ts";
import { isLogin, readStoreLogin } from "../vault/home_logins/home_place.ts";
import { digestOfTokens } from "../vault/home_logins/proof.ts";
import { allAccounts, keySlotPath, slotPath } from "../disk/names.ts";
import { type Snapshot, takeSnapshot } from "../vault/snapshot.ts";
import { inBatches } from "../disk/files.ts";
import { isSameAddress } from "../agents/presets.ts";
import { cleanKey } from "../agents/given_key.ts";

/** What a request with an OAuth account needs. Secret. */
export interface LoginOfRun {
  /** The token to send with each request. */
  accessToken: string;
  /** The address of the API, without a slash at the end. */
  baseUrl: string;
}

/**
 * Reads the login of the OAuth account `index`, with its address as the agent
 * completes it.
 *
 * @throws The errors of {@linkcode AccountManager.readLogin}.
 */
export async function readLoginOf(
  snapshot: Pick<Snapshot, "layout" | "slots" | "keys" | "state">,
  index: number,
): Promise<LoginOfRun> {
  const slot = await requireLogin(snapshot, index);
  const url = withLink(snapshot.layout).agent.login.addressOf(slot.bytes);
  if (!url || !isSafe(url)) {
    const path = slotPath(snapshot.layout, index);
    const problem = "it has an address that is not https";
    throw invalidCredential(path, problem);
  }
  return { accessToken: slot.credential.accessToken, baseUrl: url.href };
}

/**
 * Returns the content of the slot of the OAuth account `index`.
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
 * Returns the key of account `index`; `undefined` if it is an OAuth account.
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
 * Returns the key of account `index`, by default the active one.
 *
 * @throws The errors of {@linkcode AccountManager.readKey}.
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

/** Where the requests of an account go. */
interface Target {
  /** The address of the API. */
  address: URL;
  /** The model in its slot. @default none */
  model?: string;
}

/** Returns the accounts `indexes`, and all others at the same services. */
export async function accountsOfServices(
  folder: Pick<Snapshot, "layout">,
  indexes: ReadonlySet<number>,
): Promise<Set<number>> {
  return await accountsLike(folder, indexes, ({ address }) => address.host);
}

/**
 * Returns account `index`, and all others whose requests in a run for `model`
 * go to the same address and model.
 */
export async function accountsOfPlace(
  folder: Pick<Snapshot, "layout">,
  index: number,
  { model }: { model: string | undefined },
): Promise<Set<number>> {
  return await accountsLike(
    folder,
    new Set([index]),
    ({ address, model: own = "" }) =>
      `${address.href.replace(/\/+$/, "")} ${model ?? own}`,
  );
}

/** Accounts whose slots are broken are alike. */
async function accountsLike(
  { layout }: Pick<Snapshot, "layout">,
  indexes: ReadonlySet<number>,
  describe: (target: Target) => string,
): Promise<Set<number>> {
  const snapshot = await takeSnapshot(layout);
  const all = await inBatches(allAccounts(snapshot), async (index) => {
    const target = await targetOf(snapshot, index);
    return { index, description: target && describe(target) };
  });
  const own = new Set(
    all.filter((it) => indexes.has(it.index)).map((it) => it.description),
  );
  const same = all.filter((it) => own.has(it.description));
  return indexes.union(new Set(same.map((it) => it.index)));
}

/** Returns `undefined` if the slot of account `index` is broken. */
async function targetOf(
  { layout, keys }: Pick<Snapshot, "layout" | "keys">,
  index: number,
): Promise<Target | undefined> {
  if (keys.includes(index)) {
    const found = await readKeySlot(layout, index);
    if (!("key" in found)) return undefined;
    const { baseUrl, model } = found.key;
    const address = URL.parse(baseUrl);
    return address ? { address, model } : undefined;
  }
  const slot = await readSlot(layout, index);
  const address = "bytes" in slot
    ? withLink(layout).agent.login.addressOf(slot.bytes)
    : undefined;
  return address ? { address } : undefined;
}

/** An account that has a key, and the address that the key is for. */
export interface Owner {
  /** Its number. */
  index: number;
  /** The address of the API. */
  baseUrl: string;
}

/**
 * Returns the account that has this key, if any. With an address, only the
 * account that has it for that address: the same key elsewhere is another
 * account.
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

/** Returns the accounts that have a key, with the address of each. */
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

/**
 * Returns a text that identifies the present login of account `index`, and its
 * folder if logins are in folders; `undefined` if it has none that can be used.
 */
export async function loginMark(
  known: Pick<Snapshot, "layout" | "keys" | "state">,
  index: number,
): Promise<string | undefined> {
  const place = placeOf(known);
  if (!place) {
    const slot = await readSlot(known.layout, index);
    return "bytes" in slot ? await digestOf(slot.bytes) : undefined;
  }
  const found = await readStoreLogin(place, known.state, index);
  return isLogin(found) && found.login.isUsable
    ? `${found.path} ${await digestOfTokens(found, place)}`
    : undefined;
}
