import { API_PRESETS } from "../providers/api_presets.ts";
import type { Account } from "../rotation/account.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import type { FoundKey } from "../store/found_key.ts";
import { describeAddedKey } from "./added_key.ts";
import {
  findLoginsHere,
  hostOf,
  hostToAllow,
  nameOfKey,
} from "./found_logins.ts";
import { takeInLogin } from "./take_in.ts";
import type { Dialog } from "./wizard_dialog.ts";
import { tellAndLabel } from "./wizard_label.ts";
import { askService } from "./wizard_service.ts";

/** Makes an offer; each is saved before the next one is made. */
export type Offer = () => Promise<void>;

/** Says which accounts are there, and what else `dialog` may offer to adopt. */
export async function findOffers(
  dialog: Dialog,
  accounts: AccountManager,
): Promise<Offer[]> {
  const isUnlinked = await accounts.hasUnlinkedLogin();
  if (!isUnlinked) await dialog.tell(await describeAccounts(accounts));
  const found = await findLoginsHere(accounts);
  for (const { origin, problem } of found.unusable) {
    await dialog.tell(`${origin} ${problem}: passed over`);
  }
  return [
    ...(isUnlinked ? [() => offerLive(dialog, accounts)] : []),
    ...found.credentials.map(({ path }) => () =>
      offerFile(dialog, accounts, path)
    ),
    ...found.keys.map((it) => () => offerKey(dialog, accounts, it)),
  ];
}

/** The accounts in a line. */
export async function describeAccounts(
  accounts: AccountManager,
): Promise<string> {
  const all = await accounts.listAccounts();
  const active = all.find((it) => it.active);
  return `accounts: ${all.map((it) => it.index).join(", ") || "none yet"}` +
    (active ? ` (active: ${active.index})` : "");
}

async function offerLive(dialog: Dialog, accounts: AccountManager) {
  const question = "qwen has a login of its own here: take it in?";
  if (!await dialog.confirm(question)) return;
  await tellAndLabel(dialog, accounts, await takeInLogin(accounts));
}

async function offerFile(
  dialog: Dialog,
  accounts: AccountManager,
  path: string,
) {
  const owner = await accounts.accountWithLogin(path);
  if (owner && !owner.isNewer) {
    return await dialog.tell(`${path} is already account ${owner.index}`);
  }
  const what = owner ? `a newer login of account ${owner.index}` : "the login";
  if (!await dialog.confirm(`found ${what}, ${path}: take it in?`)) return;
  await tellAndLabel(dialog, accounts, await takeInLogin(accounts, path));
}

async function offerKey(
  dialog: Dialog,
  accounts: AccountManager,
  found: FoundKey,
) {
  const { variable, apiKey, baseUrl, model } = found;
  const name = nameOfKey(found);
  const present = await accounts.accountWithKey(apiKey);
  if (present !== undefined) {
    return await dialog.tell(`${name} is already account ${present}`);
  }
  for (const text of found.cleaned) await dialog.tell(text);
  if (!await confirmKey(dialog, found, await accounts.listAccounts())) return;
  const service = baseUrl !== undefined && model !== undefined
    ? { baseUrl, model }
    : await askService(dialog, { baseUrl, presets: presetsOf(variable) });
  if (!service) return;
  const result = await accounts.addKey({ apiKey, ...service });
  const says = describeAddedKey("it", result);
  await tellAndLabel(dialog, accounts, { says, result });
}

/** Asks whether to import a key, with a no for a host that nobody knows. */
export async function confirmKey(
  dialog: Dialog,
  found: FoundKey,
  accounts: readonly Account[],
): Promise<boolean> {
  const { baseUrl } = found;
  const host = baseUrl === undefined ? "" : `, for ${hostOf(baseUrl)}`;
  const unknown = hostToAllow(found, accounts);
  if (unknown !== undefined) {
    await dialog.tell(
      `${found.origin} names the address ${unknown}: it would see all prompts ` +
        "of this account",
    );
  }
  const question = `found ${nameOfKey(found)}${host}: take it in?`;
  return await dialog.confirm(question, { preset: unknown === undefined });
}

/** The services whose users keep their key in `variable`, else all. */
function presetsOf(variable: string) {
  const presets = API_PRESETS.filter((it) => it.variable === variable);
  return presets.length > 0 ? presets : API_PRESETS;
}
