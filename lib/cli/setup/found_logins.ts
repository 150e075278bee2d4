import { API_PRESETS } from "../../agents/presets.ts";
import { loadAgent } from "../../agents/registry.ts";
import type { Account } from "../../accounts/account.ts";
import { runtime } from "../../system/mod.ts";
import {
  findLogins,
  type FoundLogins,
  type LookedAt,
} from "../../accounts/find_logins.ts";
import type { FoundKey } from "../../agents/found_key.ts";
import { maskKey } from "../../vault/logins/mask.ts";
import { dirname } from "../../disk/names.ts";

/**
 * Finds the keys and logins that can be imported from here. Without `HOME`, the
 * folder `dir` of the accounts is assumed to be in the home folder.
 */
export async function findLoginsHere(
  { dir }: { dir: string },
): Promise<FoundLogins> {
  const { host } = runtime;
  const env = host.environment();
  const home = env.HOME || dirname(dir);
  const agent = await loadAgent();
  return await findLogins({ agent, cwd: host.cwd(), home, env });
}

/** Describes a found key: its variable, its masked value and its place. */
export function nameOfKey({ origin, variable, apiKey }: FoundKey): string {
  const place = origin === "environment" ? "the environment" : origin;
  return `${variable} (${maskKey(apiKey)}) in ${place}`;
}

/** Lists the places that were searched, for a user who expected a result. */
export function describeSearched(
  { variables, settings, envFiles, logins }: LookedAt,
): string[] {
  const folders = envFiles.map((it) => it.replace(/(\/\.qwen)?\/\.env$/, ""));
  const [first = "", last = ""] = [folders[0], folders.at(-1)];
  const above = first === "" ? "" : " and in each folder above it";
  const home = last === "" ? "" : `, and in ${shortPath(last)}`; // not above
  return [
    `environment: ${variables.join(", ")}`,
    `settings of qwen: ${settings.map(shortPath).join(", ")}`,
    `.env files: .qwen/.env and .env in ${
      shortPath(first) || "/"
    }${above}${home}`,
    `logins: ${
      ["~/.qwen/oauth_creds.json", ...logins.map(shortPath)].join(", ")
    }`,
  ];
}

/** Abbreviates the home folder in a path to `~`. */
export function shortPath(path: string): string {
  const { HOME = "" } = runtime.host.environment();
  const isInHome = HOME.length > 1 && `${path}/`.startsWith(`${HOME}/`);
  return isInHome ? `~${path.slice(HOME.length)}` : path;
}

/**
 * Returns the host that the user must allow before the key can become an
 * account: a file of the project names it, and it is neither a known service
 * nor used by an account. Returns `undefined` if there is none.
 */
export function hostToAllow(
  { baseUrl, isProjectAddress }: FoundKey,
  accounts: readonly Pick<Account, "baseUrl">[],
): string | undefined {
  if (!isProjectAddress || baseUrl === undefined) return undefined;
  const host = hostOf(baseUrl);
  const known = [...API_PRESETS, ...accounts].map((it) => it.baseUrl ?? "");
  return known.some((it) => hostOf(it) === host) ? undefined : host;
}

/** Returns the host of an address, with its port unless it is the default. */
export function hostOf(baseUrl: string): string {
  return URL.parse(baseUrl)?.host ?? "";
}
