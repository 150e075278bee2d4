import { findPreset } from "../../agents/presets.ts";
import type { AgentBasics, Linked } from "../../agents/agent.ts";
import type { KeyOfRun } from "../../agents/formats.ts";
import { chosenAgent } from "../../agents/registry.ts";
import { problemOfBaseUrl, problemOfModel } from "../../agents/api_key.ts";
import {
  cleanBaseUrl,
  cleanKey,
  describeCleaned,
  problemOfGivenKey,
} from "../../agents/given_key.ts";
import { runtime } from "../../system/mod.ts";
import type { Notify } from "../../system/system.ts";
import { UsageError } from "../line/usage_error.ts";

/**
 * Finds a key for one run in the variables that the agent has for it; `cleaned`
 * says what was removed from the key or the address, a line each.
 *
 * @throws {UsageError} If one of the variables is invalid. The message contains
 * no value.
 */
export function findEnvironmentKey(
  env: Readonly<Record<string, string>>,
  { keys }: Pick<Linked<AgentBasics>, "keys"> = chosenAgent(),
):
  | { variable: string; key: KeyOfRun; cleaned: readonly string[] }
  | undefined {
  const given = keys.forOneRun.find(env, keys.presets);
  if (!given) return undefined;
  const { names } = given;
  const apiKey = cleanKey(given.key.apiKey);
  const baseUrl = cleanBaseUrl(given.key.baseUrl, keys);
  const model = given.key.model || findPreset(baseUrl.text)?.model || "";
  const key = { apiKey: apiKey.text, baseUrl: baseUrl.text, model };
  const problems = {
    [names.apiKey]: problemOfGivenKey(key.apiKey),
    [names.baseUrl]: problemOfBaseUrl(key.baseUrl),
    [names.model]: problemOfModel(key.model),
  };
  for (const [name, problem] of Object.entries(problems)) {
    if (!problem) continue;
    // As long as the key is set, the run uses it and no account.
    const unneeded = name === names.apiKey ? "it" : names.apiKey;
    throw new UsageError(
      `Cannot use ${name}: it ${problem}`,
      `correct ${name}, or unset ${unneeded} to use your accounts`,
    );
  }
  const cleaned = describeCleaned({
    "the key": apiKey,
    "the base URL": baseUrl,
  });
  return { variable: names.apiKey, key, cleaned };
}

/**
 * Returns the key in the environment, if there is one, and tells the user. It
 * overrides the accounts, as in `gh` and `aws`.
 *
 * @throws {UsageError} If one of the variables is invalid.
 */
export function keyForOneRun(notify: Notify): KeyOfRun | undefined {
  const found = findEnvironmentKey(runtime.host.environment());
  if (!found) return undefined;
  const { host } = new URL(found.key.baseUrl);
  for (const text of found.cleaned) notify(text);
  notify(
    `using the key in ${found.variable} for ${host} instead of an account`,
  );
  return found.key;
}
