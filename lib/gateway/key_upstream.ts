import type { KeyOfRun } from "../providers/provider.ts";
import {
  type ModelMap,
  MODELS_VARIABLE,
  parseModelMap,
} from "../rotation/model_map.ts";
import { serviceAt } from "../providers/api_presets.ts";
import type { Upstream } from "./pool.ts";

/**
 * Describes the API-key account `account` as requests go to it. The model that
 * the CLI was started with, `runModel`, is the account's own there; any other
 * one has the name that its slot gives, if it gives one. What a slot says that
 * cannot be understood is taken for nothing: it was written by hand.
 */
export function keyUpstream(
  account: number,
  { apiKey, baseUrl, model, others = {} }: KeyOfRun,
  runModel: string,
): Upstream {
  const models = readModels(others[MODELS_VARIABLE] ?? "");
  return {
    account,
    baseUrl: baseUrl.replace(/\/+$/, ""),
    secret: apiKey,
    service: serviceAt(baseUrl),
    modelFor: (asked) =>
      models.get(asked) ?? (asked === runModel ? model : asked),
  };
}

function readModels(text: string): ModelMap {
  try {
    return parseModelMap(text);
  } catch {
    return new Map();
  }
}
