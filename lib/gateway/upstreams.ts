import type { KeyOfRun } from "../agents/formats.ts";
import {
  type ModelMap,
  MODELS_VARIABLE,
  parseModelMap,
} from "../agents/model_map.ts";
import { serviceAt, serviceOfLogin } from "../agents/presets.ts";
import type { Upstream } from "./pool.ts";
import type { LoginOfRun } from "../accounts/secret_of.ts";
import type { Verdict } from "../verdict/classify.ts";
import type { BegunRun } from "../accounts/begin_run.ts";

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

/**
 * Returns the upstream of the OAuth account `account`. All logins have the same
 * models.
 */
export function loginUpstream(
  account: number,
  { accessToken, baseUrl }: LoginOfRun,
): Upstream {
  return {
    account,
    baseUrl,
    secret: accessToken,
    service: serviceOfLogin(baseUrl),
    modelFor: (asked) => asked,
  };
}

/**
 * Returns the model that a verdict of `upstream` concerns. If it is the run's
 * own model, returns the name that the run uses for it.
 */
export function modelOfRun(
  { model }: Verdict,
  { model: asked }: BegunRun,
  upstream: Upstream | undefined,
): string | undefined {
  return asked !== undefined && upstream?.modelFor(asked) === model
    ? asked
    : model;
}
