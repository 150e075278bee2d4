import { API_PRESETS, findPreset } from "../../providers/api_presets.ts";
import type { KeyOfRun } from "../../providers/provider.ts";
import { problemOfBaseUrl, problemOfModel } from "../../agents/api_key.ts";
import {
  cleanBaseUrl,
  cleanKey,
  describeCleaned,
  problemOfGivenKey,
} from "../../agents/given_key.ts";
import { UsageError } from "../line/usage_error.ts";

/** A key that the environment has for one run. */
export interface EnvironmentKey {
  /** The variable that holds it. */
  variable: string;
  /** The key. Secret. */
  key: KeyOfRun;
  /** What was removed from the key or the address, a line each. */
  cleaned: readonly string[];
}

/** Where the access token of a Qwen account is good, and what is asked there. */
const PORTAL = { baseUrl: "https://portal.qwen.ai/v1", model: "coder-model" };

/**
 * Finds a key for one run: `QWEN_API_KEY`, which is one of DashScope unless a
 * base URL says else, or the access token `QWEN_ACCESS_TOKEN`. A variable that
 * is empty says nothing.
 *
 * @throws {UsageError} If one of the variables cannot be used; quotes no value.
 */
export function findEnvironmentKey(
  env: Readonly<Record<string, string>>,
): EnvironmentKey | undefined {
  const { QWEN_API_KEY, QWEN_ACCESS_TOKEN, QWEN_BASE_URL } = env;
  if (QWEN_API_KEY) {
    const baseUrl = QWEN_BASE_URL || env.OPENAI_BASE_URL;
    const preset = baseUrl
      ? findPreset(cleanBaseUrl(baseUrl).text)
      : API_PRESETS[0];
    return keyFrom(env, "QWEN_API_KEY", {
      baseUrl: baseUrl || preset?.baseUrl,
      model: preset?.model,
    });
  }
  if (!QWEN_ACCESS_TOKEN) return undefined;
  // A token of Qwen is not for the service of OPENAI_BASE_URL.
  return keyFrom(env, "QWEN_ACCESS_TOKEN", {
    ...PORTAL,
    ...(QWEN_BASE_URL ? { baseUrl: QWEN_BASE_URL } : {}),
  });
}

function keyFrom(
  env: Readonly<Record<string, string>>,
  variable: string,
  { baseUrl = "", model }: {
    baseUrl: string | undefined;
    model: string | undefined;
  },
): EnvironmentKey {
  const pastedKey = cleanKey(env[variable] ?? "");
  const pastedUrl = cleanBaseUrl(baseUrl);
  const key = {
    apiKey: pastedKey.text,
    baseUrl: pastedUrl.text,
    model: env.QWEN_MODEL || env.OPENAI_MODEL || model || "",
  };
  const problems = {
    [variable]: problemOfGivenKey(key.apiKey),
    [env.QWEN_BASE_URL ? "QWEN_BASE_URL" : "OPENAI_BASE_URL"]: problemOfBaseUrl(
      key.baseUrl,
    ),
    "QWEN_MODEL": problemOfModel(key.model),
  };
  for (const [name, problem] of Object.entries(problems)) {
    if (!problem) continue;
    throw new UsageError(`Cannot use ${name}: it ${problem}`, "exec");
  }
  const cleaned = describeCleaned({
    "the key": pastedKey,
    "the base URL": pastedUrl,
  });
  return { variable, key, cleaned };
}
