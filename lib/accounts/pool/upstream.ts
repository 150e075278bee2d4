import type { KeyOfRun } from "../../agents/formats.ts";
import {
  type ModelMap,
  MODELS_VARIABLE,
  parseModelMap,
} from "../../agents/api_key.ts";
import { serviceAt, serviceOfLogin } from "../../agents/presets.ts";
import type { Verdict } from "../../verdict/classify.ts";
import type { BegunRun } from "../begin_run.ts";
import type { LoginOfRun } from "../secret_of.ts";
import type { Service } from "../../verdict/service.ts";

/** An account as the target of requests. Secret. */
export interface Upstream {
  /** The number of the account. */
  account: number;
  /** The label that the user gave it. */
  label?: string | undefined;
  /** The address of its API, without a trailing slash. */
  baseUrl: string;
  /** The key or access token to send with each request. */
  secret: string;
  /** The service at that address. @default derived from the address */
  service?: Service | undefined;
  /**
   * Returns the model to request from this account if the client asks for
   * `model`.
   */
  modelFor: (model: string) => string;
}

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
