import { API_PRESETS, type ApiPreset } from "../providers/api_presets.ts";
import { problemOfModel } from "../store/api_key.ts";
import { problemOfGivenUrl } from "../store/given_key.ts";
import type { Dialog } from "./wizard_dialog.ts";

/** Where a key is good. */
export interface Service {
  /** Where the API is. */
  baseUrl: string;
  /** The model to ask for. */
  model: string;
}

/** What is known already. */
export interface AskServiceOptions {
  /** The base URL. @default it is asked for */
  baseUrl?: string | undefined;
  /** The services to choose from. @default all that have a name */
  presets?: readonly ApiPreset[];
}

/** Asks for what is not known of a service; `undefined` if that is given up. */
export async function askService(
  dialog: Dialog,
  { baseUrl, presets = API_PRESETS }: AskServiceOptions = {},
): Promise<Service | undefined> {
  if (baseUrl !== undefined) return await withModel(dialog, baseUrl);
  const named = presets.map(({ summary, ...preset }) => ({
    summary: `${preset.name}: ${summary}`,
    ask: () => withModel(dialog, preset.baseUrl, preset.model),
  }));
  const { ask } = await dialog.choose("which service is the key of?", [
    ...named,
    { summary: "another one, by its URL", ask: () => askForUrl(dialog) },
    { summary: "none: go back", ask: () => Promise.resolve(undefined) },
  ]);
  return await ask();
}

async function askForUrl(dialog: Dialog): Promise<Service | undefined> {
  const question =
    "base URL, such as https://api.example.com/v1 (empty: back):";
  const baseUrl = await dialog.askValid(question, problemOfGivenUrl);
  return baseUrl === undefined ? undefined : await withModel(dialog, baseUrl);
}

async function withModel(
  dialog: Dialog,
  baseUrl: string,
  usual?: string,
): Promise<Service | undefined> {
  const question = `model [${usual ?? "empty: back"}]:`;
  const model = await dialog.askValid(question, problemOfModel) ?? usual;
  return model === undefined ? undefined : { baseUrl, model };
}
