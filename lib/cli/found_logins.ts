import { API_PRESETS } from "../providers/api_presets.ts";
import type { Account } from "../rotation/account.ts";
import { runtime } from "../runtime/mod.ts";
import { findLogins, type FoundLogins } from "../store/find_logins.ts";
import type { FoundKey } from "../store/found_key.ts";
import { maskKey } from "../store/mask.ts";
import { dirname } from "../store/names.ts";

/**
 * Finds what can be taken in from here; without a home, the folder `dir` of the
 * accounts is taken to be in it.
 */
export async function findLoginsHere(
  { dir }: { dir: string },
): Promise<FoundLogins> {
  const { host } = runtime;
  const env = host.environment();
  const home = env.HOME || dirname(dir);
  return await findLogins({ cwd: host.cwd(), home, env });
}

/** Names a key that was found, by its variable and mask. */
export function nameOfKey({ origin, variable, apiKey }: FoundKey): string {
  const place = origin === "environment" ? "the environment" : origin;
  return `${variable} (${maskKey(apiKey)}) of ${place}`;
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
