import { chosenAgent } from "../../agents/registry.ts";
import { type ApiPreset, findPreset } from "../../agents/presets.ts";
import type { KeyOfRun } from "../../agents/formats.ts";
import { exampleAddress } from "../line/agent_words.ts";
import { problemOfModel } from "../../agents/api_key.ts";
import { cleanKey, problemOfGivenUrl } from "../../agents/given_key.ts";
import type { Dialog } from "./wizard_dialog.ts";

/** A service that accepts a key. */
type Service = Pick<KeyOfRun, "baseUrl" | "model">;

/**
 * Asks for the unknown parts of a service; returns `undefined` if the user
 * cancels.
 */
export async function askService(
  dialog: Dialog,
  { apiKey, baseUrl, presets: known }: {
    /** The key, whose beginning can reveal its service. Secret. */
    apiKey: string;
    /** @default ask the user */
    baseUrl?: string | undefined;
    /** The services to choose from. @default all that have a name */
    presets?: readonly ApiPreset[];
  },
): Promise<Service | undefined> {
  if (baseUrl !== undefined) return await withModel(dialog, baseUrl);
  const presets = known ?? chosenAgent().keys.presets;
  const families = Map.groupBy(presets, familyOf);
  if (known && families.size === 1) return await askRegion(dialog, known);
  const services = [...families].map(([word, [preset]]) => ({
    word,
    summary: preset?.summary.split(", ")[0] ?? "",
  }));
  const { word } = await dialog.choose("Which service is this key for?", [
    ...services,
    { word: "url", summary: "another service, by the address of its API" },
    { word: "back", summary: "do not add this key" },
  ], guessFamily(apiKey));
  if (word === "back") return undefined;
  return word === "url"
    ? await askForUrl(dialog)
    : await askRegion(dialog, families.get(word) ?? []);
}

/** Whether the service at `baseUrl` has keys that are for one region only. */
export function hasRegions(baseUrl: string): boolean {
  const preset = findPreset(baseUrl);
  if (!preset) return false;
  const { presets } = chosenAgent().keys;
  const family = presets.filter((it) => familyOf(it) === familyOf(preset));
  return family.length > 1;
}

/** Returns a service without its region: `coding-plan` for `coding-plan-intl`. */
function familyOf({ name }: ApiPreset): string {
  return name.replace(/-intl$/, "");
}

function guessFamily(apiKey: string): string {
  const { text } = cleanKey(apiKey);
  const { presets } = chosenAgent().keys;
  const found = presets.find(({ keyPrefix }) =>
    keyPrefix !== undefined && text.startsWith(keyPrefix)
  );
  return familyOf(found ?? presets[0]);
}

async function askRegion(
  dialog: Dialog,
  presets: readonly ApiPreset[],
): Promise<Service | undefined> {
  const regions = presets.map((preset) => ({
    word: preset.name.endsWith("-intl") ? "international" : "china",
    summary: preset.summary,
    preset,
  }));
  const [first] = regions;
  if (!first) return undefined;
  const { preset } = regions.length === 1 ? first : await dialog.choose(
    "Which region is this key for? It works only there.",
    regions,
    first.word,
  );
  return await withModel(dialog, preset.baseUrl, preset.model);
}

async function askForUrl(dialog: Dialog): Promise<Service | undefined> {
  const question =
    `Address of its API, such as ${exampleAddress()} (Enter: go back):`;
  const baseUrl = await dialog.askValid(question, problemOfGivenUrl);
  return baseUrl === undefined ? undefined : await withModel(dialog, baseUrl);
}

async function withModel(
  dialog: Dialog,
  baseUrl: string,
  usual?: string,
): Promise<Service | undefined> {
  const question = usual === undefined
    ? "Model (Enter: go back):"
    : `Model [${usual}]:`;
  const model = await dialog.askValid(question, problemOfModel) ?? usual;
  return model === undefined ? undefined : { baseUrl, model };
}
