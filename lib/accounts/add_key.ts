import { nameAccounts, nameIn } from "../vault/account_name.ts";
import { hasNoKey, invalidCredential } from "../common_errors.ts";
import { isSameAddress } from "../agents/presets.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import type { ApiKey } from "../agents/api_key.ts";
import {
  cleanBaseUrl,
  cleanKey,
  describeCleaned,
  problemOfGivenKey,
} from "../agents/given_key.ts";
import { writeKeySlot } from "../vault/logins/credential_file.ts";
import type { Locked } from "../vault/locked.ts";
import type { AddResult } from "./add_account.ts";
import { activateIfIdle } from "./activate.ts";
import { nextIndex } from "./numbers.ts";
import { tellOfDisabled } from "../vault/block.ts";
import { keyOf, type Owner, ownersOf } from "./secret_of.ts";
import { chooseLabel, labelOfService } from "./label.ts";
import { requireAccount } from "./switch_account.ts";
import type { AccountName } from "../account_name.ts";

/** How to add a key. */
export interface AddKeyOptions {
  /**
   * The label of the account.
   *
   * @default unchanged; a new account is named after its service, such as
   * `openrouter` or `openrouter-2`
   */
  label?: string | undefined;
  /**
   * Whether the model is only the default of the service: then an account that
   * has the key for the same address keeps its model.
   *
   * @default false
   */
  isUsualModel?: boolean | undefined;
  /**
   * The account whose key is replaced; it keeps its number and label.
   *
   * @default a new account, or the one that has the key
   */
  replace?: number | undefined;
  /**
   * The account that has the key and whose address and model are set.
   *
   * @default a new account, or the one that has the key for the address
   */
  update?: number | undefined;
}

/** The account that has the key, and what has changed. */
export interface AddKeyResult extends AddResult {
  /** The address of its API. */
  baseUrl: string;
  /** The model that it uses. */
  model: string;
  /** Another account that has the same key for another address. */
  twin: AccountName | undefined;
}

/**
 * Adds an account with a key, or changes the one that has it; activates a new
 * one if no usable account is active. Removes and reports what was pasted along
 * with the key or the address, such as quotes or the path of a request.
 *
 * @throws The errors of {@linkcode AccountManager.addKey}.
 */
export async function addKey(
  locked: Locked,
  { model, others = {}, ...given }: KeyOfRun,
  { label, isUsualModel = false, replace, update }: AddKeyOptions = {},
): Promise<AddKeyResult> {
  const cleaned = cleanKey(given.apiKey);
  const url = cleanBaseUrl(given.baseUrl, locked.layout.agent.keys);
  const problem = problemOfGivenKey(cleaned.text);
  if (problem) throw invalidCredential("the new key", `it ${problem}`);
  const { text: apiKey } = cleaned;
  const { text: baseUrl } = url;
  const said = describeCleaned({ "the key": cleaned, "the base URL": url });
  for (const text of said) locked.notify(text);
  const from = locked.active;
  const key = { apiKey, baseUrl, model, others };
  const owners = await ownersOf(locked, apiKey);
  const known = findTarget(locked, owners, { baseUrl, replace, update });
  if (known !== undefined) tellOfDisabled(locked, known);
  const index = known ?? await nextIndex(locked);
  const usual = labelOfService(baseUrl);
  const name = chooseLabel(locked, index, { asked: label, usual });
  const changed = known === undefined
    ? await addNew(locked, index, { key, from })
    : replace === undefined
    ? await change(locked, known, { ...key, isUsualModel })
    : await replaceKey(locked, known, key);
  locked.ledger.setLabel(index, name);
  const twin = nameAccounts(locked).find((it) =>
    it.index !== index && owners.some(({ index }) => index === it.index)
  );
  return { index, label: name, ...changed, baseUrl, twin };
}

/**
 * Returns the account to change: the one in `replace` or `update`, else the one
 * of `owners` that has the key for `baseUrl`; `undefined` for a new account.
 */
function findTarget(
  locked: Locked,
  owners: readonly Owner[],
  { baseUrl, replace, update }: AddKeyOptions & { baseUrl: string },
): number | undefined {
  const there = owners.find((it) => isSameAddress(it.baseUrl, baseUrl))?.index;
  const named = replace ?? update;
  if (named === undefined) return there;
  requireAccount(locked, named);
  if (!locked.keys.includes(named)) {
    throw hasNoKey("replace", { index: named, name: nameIn(locked, named) });
  }
  if (update !== undefined && !owners.some((it) => it.index === update)) {
    throw new RangeError(
      `Cannot update ${nameIn(locked, update)}: it has a different key`,
    );
  }
  if (there === undefined || there === named) return named;
  const action = update === undefined
    ? "replace the key of"
    : "change the address of";
  throw new RangeError(
    `Cannot ${action} ${nameIn(locked, named)}: ${nameIn(locked, there)} ` +
      "already has this key for this address",
  );
}

/** What was done with a key. */
type Changed = Pick<AddKeyResult, "added" | "updated" | "model">;

async function addNew(
  locked: Locked,
  index: number,
  { key, from }: { key: ApiKey; from: number | undefined },
): Promise<Changed> {
  await write(locked, index, key);
  locked.vault.addKey(index);
  locked.record({ event: "account_added", to: index, reason: "an API key" });
  await activateIfIdle(locked, index, { active: from, reason: "added" });
  return { added: true, updated: false, model: key.model };
}

/** Gives account `index` another key. */
async function replaceKey(
  locked: Locked,
  index: number,
  key: ApiKey,
): Promise<Changed> {
  await write(locked, index, key);
  // What the service said about the old key does not apply to the new one.
  locked.ledger.clearCooldownsOfService(index);
  locked.vault.unblock(index);
  locked.record({ event: "key_replaced", to: index });
  return { added: false, updated: true, model: key.model };
}

/** Sets the address and the model of account `index`, if they differ. */
async function change(
  locked: Locked,
  index: number,
  { baseUrl, model, others, isUsualModel }: ApiKey & { isUsualModel: boolean },
): Promise<Changed> {
  const key = await keyOf(locked, index);
  const hasMoved = !key || !isSameAddress(key.baseUrl, baseUrl);
  const asks = key && isUsualModel && !hasMoved ? key.model : model;
  const updated = key?.baseUrl !== baseUrl || key.model !== asks ||
    Object.entries(others).some(([name, value]) => key.others[name] !== value);
  if (key && updated) {
    await write(locked, index, {
      ...key,
      baseUrl,
      model: asks,
      others: { ...key.others, ...others },
    });
  }
  if (hasMoved) locked.ledger.clearCooldownsOfService(index);
  return { added: false, updated, model: asks };
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
    throw invalidCredential("the new key", `it ${error.message}`);
  }
}
