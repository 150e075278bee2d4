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
