import type { KeyFormat, KeyNames, OneRunFormat } from "./formats.ts";
import { isSafe } from "../system/loopback.ts";
import { formatEnvFile, parseEnvFile } from "./env_file.ts";

/** An API-key account, as its slot keeps it. Secret. */
export interface ApiKey {
  /** Sent with each request. */
  apiKey: string;
  /** Where the API is, without the `/chat/completions` of a request. */
  baseUrl: string;
  /** The model to ask for. */
  model: string;
  /** The other variables in the slot, which stay there. */
  others: Readonly<Record<string, string>>;
}

/**
 * Reads the slot of an API-key account: a `.env` file with the three variables
 * that the agent needs.
 *
 * @throws {SyntaxError} If one is missing or cannot be used; the message
 * completes "it ..." and quotes no value.
 */
export async function parseApiKey(
  bytes: Uint8Array,
  names: KeyNames,
): Promise<ApiKey> {
  if (bytes.length === 0) throw new SyntaxError("is empty");
  const {
    [names.apiKey]: apiKey,
    [names.baseUrl]: baseUrl,
    [names.model]: model,
    ...others
  } = await parseEnvFile(bytes);
  return check({
    apiKey: present(apiKey, names.apiKey),
    baseUrl: present(baseUrl, names.baseUrl),
    model: present(model, names.model),
    others,
  }, names);
}

/**
 * Formats the slot of an API-key account, so that `dotenv` and `. file` of a
 * POSIX shell read it alike. Comments of an earlier content are not kept.
 *
 * @throws {SyntaxError} If a value cannot be used; the message completes "it
 * ..." and quotes no value.
 */
export function formatApiKey(account: ApiKey, names: KeyNames): Uint8Array {
  const { others, ...key } = check(account, names);
  const text = formatEnvFile({ ...others, ...keyVariables(key, names) });
  return new TextEncoder().encode(text);
}

/** Returns the variables that pass `key` to the agent. */
export function keyVariables(
  { apiKey, baseUrl, model }: KeyNames,
  names: KeyNames,
): Record<string, string> {
  return {
    [names.apiKey]: apiKey,
    [names.baseUrl]: baseUrl,
    [names.model]: model,
  };
}

/** Returns `env` with `key` in place of any other key or service. */
export function withKey(
  env: Readonly<Record<string, string>>,
  key: KeyNames,
  { conflicts, names }: Pick<KeyFormat, "conflicts" | "names">,
): Record<string, string> {
  const others = Object.entries(env).filter(([name]) => !conflicts(name));
  return { ...Object.fromEntries(others), ...keyVariables(key, names) };
}

/**
 * Describes how the variables `names` pass a key for one run. An empty one counts
 * as none; what is missing is as `usual` says.
 */
export function keyForOneRun(
  names: KeyNames,
  { help, usual }: Pick<OneRunFormat, "help"> & {
    usual: (
      env: Readonly<Record<string, string>>,
    ) => Omit<KeyNames, "apiKey">;
  },
): OneRunFormat {
  const { apiKey: secret, baseUrl, model } = names;
  return {
    secrets: [secret],
    baseUrl,
    model,
    help,
    find(env) {
      const apiKey = env[secret];
      const others = usual(env);
      return apiKey
        ? {
          key: {
            apiKey,
            baseUrl: env[baseUrl] || others.baseUrl,
            model: env[model] || others.model,
          },
          names,
        }
        : undefined;
    },
  };
}

/** Returns why `text` cannot be an API key; completes "it ...". */
export function problemOfKey(text: string): string | undefined {
  if (text === "") return "is empty";
  // It is the value of an HTTP header (RFC 9110, section 5.5), as one word.
  return /^[!-~]+$/.test(text) ? undefined : "has a character that no key has";
}

/**
 * Returns why `text` cannot be a base URL; completes "it ...". A key is sent
 * there, so it must be https, except on this machine.
 */
export function problemOfBaseUrl(text: string): string | undefined {
  if (text === "") return "is empty";
  const url = URL.parse(text);
  if (!url || /[\s\p{Cc}]/u.test(text)) return "is not a URL";
  if (!isSafe(url)) return "is not https";
  if (url.username || url.password) return "has a user name or password";
  return /[?#]/.test(text) ? "has more than a host and a path" : undefined;
}

/** Returns a base URL without the path that the agent adds itself. */
export function withoutOwnPath(
  baseUrl: string,
  { ownPath }: Pick<KeyFormat, "ownPath">,
): string {
  const url = baseUrl.replace(/\/+$/, "");
  return ownPath !== undefined && url.endsWith(ownPath)
    ? url.slice(0, -ownPath.length)
    : baseUrl;
}

/** Returns why `text` cannot be the name of a model; completes "it ...". */
export function problemOfModel(text: string): string | undefined {
  if (text.trim() === "") return "is empty";
  return /[\p{Cc}\u2028\u2029]/u.test(text)
    ? "has a control character"
    : undefined;
}

function check(account: ApiKey, names: KeyNames): ApiKey {
  const problems = {
    [names.apiKey]: problemOfKey(account.apiKey),
    [names.baseUrl]: problemOfBaseUrl(account.baseUrl),
    [names.model]: problemOfModel(account.model),
  };
  for (const [name, problem] of Object.entries(problems)) {
    if (problem) throw new SyntaxError(`has an ${name} that ${problem}`);
  }
  return account;
}

function present(value: string | undefined, name: string): string {
  if (value) return value;
  throw new SyntaxError(`has no ${name}`);
}

/** A service's own names of models, by their usual names. */
export type ModelMap = ReadonlyMap<string, string>;

/** The variable in a slot that holds such a map: `from=to,from2=to2`. */
export const MODELS_VARIABLE = "ACCOUNT_QWEN_MODELS";

/**
 * Parses a list such as `qwen3-max=Qwen/Qwen3-Max,coder=qwen3-coder`.
 *
 * @throws {SyntaxError} If an entry does not have two names; the message
 * completes "it ...".
 */
export function parseModelMap(text: string): ModelMap {
  const entries = text.split(",").map((it) => it.trim()).filter((it) => it);
  return new Map(entries.map((entry) => {
    const [from = "", to = "", ...more] = entry.split("=")
      .map((it) => it.trim());
    if (from === "" || to === "" || more.length > 0) {
      throw new SyntaxError("is not FROM=TO with two model names");
    }
    return [from, to];
  }));
}

/** Formats a list for {@linkcode parseModelMap}. */
export function formatModelMap(models: ModelMap): string {
  return [...models].map(([from, to]) => `${from}=${to}`).join(",");
}
