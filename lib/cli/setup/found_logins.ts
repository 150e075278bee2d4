import { API_PRESETS } from "../../providers/api_presets.ts";
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
  return await findLogins({ cwd: host.cwd(), home, env });
}

/** Names a key that was found: its variable, its mask and where it is. */
export function nameOfKey({ origin, variable, apiKey }: FoundKey): string {
  const place = origin === "environment" ? "the environment" : origin;
  return `${variable} (${maskKey(apiKey)}) in ${place}`;
}

/** Says where was looked, a line each, for somebody who expected a find. */
export function describeLookedAt(
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

/** A path as people write it, with `~` for the home folder. */
export function shortPath(path: string): string {
  const { HOME = "" } = runtime.host.environment();
  const isInHome = HOME.length > 1 && `${path}/`.startsWith(`${HOME}/`);
  return isInHome ? `~${path.slice(HOME.length)}` : path;
}

/**
 * The host that somebody has to allow before the key may become an account:
 * one that a file of the project names, and that is neither a known service nor
 * used by an account. `undefined` where there is none.
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

/** The host of an address, with its port if that is not the usual one. */
export function hostOf(baseUrl: string): string {
  return URL.parse(baseUrl)?.host ?? "";
}
