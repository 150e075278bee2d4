import { InvalidCredentialError, NoKeyError } from "../login_errors.ts";
import { isSameAddress } from "../providers/api_presets.ts";
import type { KeyOfRun } from "../providers/provider.ts";
import type { ApiKey } from "../store/api_key.ts";
import {
  cleanBaseUrl,
  cleanKey,
  describeCleaned,
  problemOfGivenKey,
} from "../store/given_key.ts";
import { readKeySlot, writeKeySlot } from "../store/key_slots.ts";
import { activeAccount, type Snapshot } from "../store/snapshot.ts";
import {
  accountState,
  withCooldowns,
  withLabel,
  withoutBlock,
} from "../store/state.ts";
import type { Locked } from "../store/update.ts";
import { type AddResult, isIdle, nextIndex } from "./add_account.ts";
import { tellOfDisabled } from "./block.ts";
import { isOfUser } from "./cooldown.ts";
import { keyOf } from "./key_of.ts";
import { settle } from "./settle.ts";
import { requireAccount, switchAccount } from "./switch_account.ts";

/** How to add a key. */
export interface AddKeyOptions {
  /** What the user calls the account. @default as before, or nothing */
  label?: string | undefined;
  /**
   * Whether the model is only the usual one of the service: an account that has
   * the key keeps its own, where the address is the same.
   *
   * @default false
   */
  isUsualModel?: boolean | undefined;
  /**
   * The account that gets the key in place of its own; it keeps its number and
   * its label. @default a new account, or the one that has the key
   */
  replace?: number | undefined;
}

/** What came of adding a key. */
export interface AddKeyResult extends AddResult {
  /** Where the API of the account is now. */
  baseUrl: string;
  /** The model that it asks now. */
  model: string;
}

/**
 * Adds an API-key account with the next higher number, unless an account has
 * the key already: that one gets the address and the model then. A new one is
 * made the active one where none is of use. What was pasted with the key or the
 * address, such as quotes or the path of a request, is removed, and said.
 *
 * @throws {InvalidCredentialError} If a slot cannot hold one of the values, or
 * the key is a placeholder or a URL.
 * @throws {MissingAccountError} If there is no account to replace the key of.
 * @throws {NoKeyError} If that is an OAuth account.
 * @throws {RangeError} If another account has the new key.
 */
export async function addKey(
  locked: Locked,
  { model, others = {}, ...given }: KeyOfRun,
  { label, isUsualModel = false, replace }: AddKeyOptions = {},
): Promise<AddKeyResult> {
  const key = cleanKey(given.apiKey);
  const url = cleanBaseUrl(given.baseUrl);
  const problem = problemOfGivenKey(key.text);
  if (problem) throw new InvalidCredentialError("the new key", `it ${problem}`);
  const { text: apiKey } = key;
  const { text: baseUrl } = url;
  const said = describeCleaned({ "the key": key, "the base URL": url });
  for (const text of said) locked.notify(text);
  const from = activeAccount(locked, await settle(locked));
  const present = await accountWithKey(locked, apiKey);
  const known = replace ?? present;
  if (known !== undefined) tellOfDisabled(locked, known);
  if (replace !== undefined) {
    const key = { apiKey, baseUrl, model, others };
    return await replaceKey(locked, replace, { key, present });
  }
  if (present !== undefined) {
    return await change(locked, present, { baseUrl, model, isUsualModel });
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
  return { index, added: true, updated: false, baseUrl, model };
}

/**
 * Gives account `index` another key. What a provider has said of the one before
 * holds no longer.
 */
async function replaceKey(
  locked: Locked,
  index: number,
  { key, present }: { key: ApiKey; present: number | undefined },
): Promise<AddKeyResult> {
  requireAccount(locked, index);
  if (!locked.keys.includes(index)) throw new NoKeyError(index, "replace");
  if (present !== undefined && present !== index) {
    throw new RangeError(
      `Cannot replace the key of account ${index}: account ${present} has ` +
        "the new one already",
    );
  }
  await write(locked, index, key);
  forgetCooldowns(locked, index);
  locked.state = withoutBlock(locked.state, index);
  locked.record({
    level: "info",
    event: "key_replaced",
    from: null,
    to: index,
    reason: "asked for",
  });
  const { baseUrl, model } = key;
  return { index, added: false, updated: true, baseUrl, model };
}

/** Gives account `index` another address or model, as far as they are others. */
async function change(
  locked: Locked,
  index: number,
  { baseUrl, model, isUsualModel }: {
    baseUrl: string;
    model: string;
    isUsualModel: boolean;
  },
): Promise<AddKeyResult> {
  const key = await keyOf(locked, index);
  const hasMoved = !key || !isSameAddress(key.baseUrl, baseUrl);
  const asks = key && isUsualModel && !hasMoved ? key.model : model;
  const updated = key?.baseUrl !== baseUrl || key.model !== asks;
  if (key && updated) {
    await write(locked, index, { ...key, baseUrl, model: asks });
  }
  if (hasMoved) forgetCooldowns(locked, index);
  return { index, added: false, updated, baseUrl, model: asks };
}

/** What one provider has said holds for no other; what the user says does. */
function forgetCooldowns(locked: Locked, index: number): void {
  const { cooldowns } = accountState(locked.state, index);
  const left = cooldowns.filter(isOfUser);
  locked.state = withCooldowns(locked.state, index, left);
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
  givenKey: string,
): Promise<number | undefined> {
  const { text: apiKey } = cleanKey(givenKey);
  for (const index of keys) {
    const found = await readKeySlot(layout, index);
    if ("key" in found && found.key.apiKey === apiKey) return index;
  }
  return undefined;
}
