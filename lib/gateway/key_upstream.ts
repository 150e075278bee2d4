import type { KeyOfRun } from "../providers/provider.ts";
import {
  type ModelMap,
  MODELS_VARIABLE,
  parseModelMap,
} from "../rotation/model_map.ts";
import { serviceAt } from "../providers/api_presets.ts";
import type { Upstream } from "./pool.ts";

/**
 * Returns the upstream of the API-key account `account`. Requests for
 * `runModel`, the model that the agent was started with, use the account's own
 * model; other models use the names in its slot, if there are any. Names that
 * cannot be parsed are ignored, because the user may have edited the slot.
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
