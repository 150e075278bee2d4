import { findPreset } from "../../agents/presets.ts";
import { chosenAgent } from "../../agents/registry.ts";
import type { Account } from "../../accounts/account.ts";
import { nameFrom } from "../../vault/account_name.ts";
import type { FoundKey } from "../../agents/found_key.ts";
import { maskKey } from "../../agents/identity.ts";
import {
  describeSearched,
  findLoginsHere,
  hostOf,
  hostToAllow,
  shortPath,
} from "./found_logins.ts";
import { importable } from "../line/agent_words.ts";
import type { PlainLogin } from "../../vault/home_logins/login_accounts.ts";
import { addTokenOf, describeAddedKey, importLogin } from "./add_login.ts";
import { hasOtherLogins, importOthers } from "./import_others.ts";
import {
  addPlain,
  confirmPlain,
  findPlain,
  findToken,
} from "./import_plain.ts";
import type { Dialog } from "./wizard_dialog.ts";
import { askService } from "./wizard_service.ts";
import type { WizardContext } from "./wizard_steps.ts";

/** Offers to add something; each offer is saved before the next one. */
type Offer = () => Promise<void>;

/**
 * Shows problems and returns an offer for each key and login that was found:
 * keys first, because they work with every version of the agent.
 */
export async function findOffers(context: WizardContext): Promise<Offer[]> {
  const { dialog, accounts } = context;
  const found = await findLoginsHere(accounts);
  for (const { origin, problem } of found.unusable) {
    await dialog.tell(`Skipped ${placeOf(origin)}: it ${problem}.`);
  }
  const offers: Offer[] = [];
  for (const key of found.keys) {
    const owner = await accounts.accountWithKey(key.apiKey, key.baseUrl);
    if (owner === undefined) offers.push(() => offerKey(context, key));
  }
  const plain = await findPlain(accounts);
  if (plain) offers.push(() => offerPlain(context, plain));
  const token = findToken();
  if (token) offers.push(() => offerToken(context, token));
  for (const { path } of found.credentials) {
    const owner = await accounts.accountWithLogin(path);
    if (owner && !owner.isNewer) continue;
    offers.push(() => offerFile(context, path, owner?.index));
  }
  if (await hasOtherLogins(accounts)) offers.push(() => offerOthers(context));
  if (offers.length > 0) return offers;
  if ((await accounts.nameAccounts()).length > 0) {
    await dialog.tell(
      `There is no other ${
        importable("or") === "keys" ? "key" : "key or login"
      } to import.`,
    );
    await dialog.tell("");
    return offers;
  }
  await dialog.tell(`Found no ${importable("or")}. Looked at:`);
  for (const it of describeSearched(found.lookedAt)) {
    await dialog.tell(it, { first: "  ", hang: "    " });
  }
  await dialog.tell("");
  return offers;
}

async function offerPlain(
  { dialog, accounts, agent }: WizardContext,
  plain: PlainLogin,
) {
  const { path, kind, problem } = plain;
  if (problem !== undefined) {
    await dialog.tell(`Skipped ${shortPath(path)}: it ${problem}.`);
    if (kind === "api-key") await dialog.tell(`Note: add that key below.`);
    return;
  }
  const { refusal } = await agent();
  if (!await confirmPlain(dialog, plain, refusal)) return;
  await dialog.tell((await addPlain(accounts)).message);
}

async function offerToken(
  { dialog, accounts }: WizardContext,
  found: { variable: string; token: string },
) {
  await dialog.tell(`Found a token in the environment (${found.variable}).`);
  if (!await dialog.confirm("Add it as an account?")) return;
  await dialog.tell((await addTokenOf(accounts, found)).message);
}

async function offerFile(
  { dialog, accounts, agent }: WizardContext,
  path: string,
  owner: number | undefined,
) {
  const { refusal } = await agent();
  if (owner === undefined) {
    await dialog.tell(`Found a login (${shortPath(path)}).`);
    if (refusal) await dialog.tell(`Note: ${refusal}.`);
  } else {
    const name = await nameFrom(accounts, owner);
    await dialog.tell(`Found a newer login of ${name} (${shortPath(path)}).`);
  }
  const question = owner === undefined ? "Add it as an account?" : "Use it?";
  if (!await dialog.confirm(question)) return;
  await dialog.tell((await importLogin(accounts, path)).message);
}

async function offerOthers({ dialog, accounts }: WizardContext) {
  const options = { dryRun: false, yes: false, force: false, dialog };
  const all = await importOthers(accounts, options);
  for (const { message } of all) await dialog.tell(message, { hang: "  " });
}

async function offerKey(
  { dialog, accounts }: WizardContext,
  found: FoundKey,
) {
  const { variable, apiKey, baseUrl, model } = found;
  if (!await confirmKey(dialog, found, await accounts.listAccounts())) return;
  const presets = presetsOf(variable);
  const service = baseUrl !== undefined && model !== undefined
    ? { baseUrl, model }
    : await askService(dialog, { apiKey, baseUrl, presets });
  if (!service) return;
  const result = await accounts.addKey({ apiKey, ...service });
  await dialog.tell(describeAddedKey("The key", result));
}

/** Asks whether to add a key; defaults to no if the host is unknown. */
export async function confirmKey(
  dialog: Dialog,
  found: FoundKey,
  accounts: readonly Account[],
): Promise<boolean> {
  const { apiKey, variable, origin } = found;
  const service = serviceNameOf(found);
  await dialog.tell(
    `Found a key${service === undefined ? "" : ` for ${service}`}: ` +
      `${maskKey(apiKey)} (${variable} in ${placeOf(origin)})`,
  );
  for (const text of found.cleaned) await dialog.tell(`Note: ${text}.`);
  const unknown = hostToAllow(found, accounts);
  if (unknown !== undefined) {
    await dialog.tell(
      `That file sends it to ${unknown}, which no account uses yet. Whoever ` +
        "runs that host can read every prompt of this account.",
    );
  }
  const question = "Add it as an account?";
  return await dialog.confirm(question, { preset: unknown === undefined });
}

/** Returns the service of a key, if it is known. */
function serviceNameOf({ baseUrl, variable }: FoundKey): string | undefined {
  if (baseUrl !== undefined) {
    return findPreset(baseUrl)?.name ?? hostOf(baseUrl);
  }
  return presetsWith(variable)[0]?.name;
}

function placeOf(origin: string): string {
  return origin === "environment" ? "the environment" : shortPath(origin);
}

/** Returns the services whose keys are in `variable`, or else all services. */
function presetsOf(variable: string) {
  const presets = presetsWith(variable);
  return presets.length > 0 ? presets : chosenAgent().keys.presets;
}

function presetsWith(variable: string) {
  return chosenAgent().keys.presets.filter((it) => it.variable === variable);
}
