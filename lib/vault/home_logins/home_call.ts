/**
 * A call that looks at the logins in folders, or changes them under the locks of
 * the agent.
 *
 * @module
 */

import { dirname } from "../../disk/names.ts";
import { makeFolder } from "../../disk/permissions.ts";
import { runtime } from "../../system/mod.ts";
import { type Notify, realSystem, type System } from "../../system/system.ts";
import { withAgentLocks } from "../settle/agent_locks.ts";
import type { HomeVaultOptions } from "./home_files.ts";
import {
  type HomeChange,
  homeFolder,
  type HomePlace,
  type HomeRecord,
} from "./home_place.ts";
import { HomeVault } from "./home_vault.ts";
import { settle } from "./settle_logins.ts";

/** What a call needs besides the place. */
export interface HomeCall {
  /** What the last call returned. */
  record: HomeRecord;
  notify: Notify;
  /** Throws if the call must not be made; runs under the agent's locks. */
  check?: (() => Promise<void>) | undefined;
  isInUse?: HomeVaultOptions["isInUse"];
  /** @default realSystem */
  system?: Pick<System, "now" | "elapsed" | "sleep"> | undefined;
}

/** What a call has done. */
export interface HomeResult {
  /** What the caller must save. */
  record: HomeRecord;
  /** What was found on the way, in its order. */
  changes: readonly HomeChange[];
}

/** A call for one account. */
export interface AccountCall extends HomeCall {
  index: number;
}

/** Returns what `vault` has done. */
export function resultOf({ record, changes }: HomeVault): HomeResult {
  return { record, changes };
}

/**
 * Returns the logins at `place`. The agent's locks of the folders `locked` are
 * held; without `locked`, nothing may be changed.
 */
export function vaultOf(
  place: HomePlace,
  { record, system = realSystem, ...others }: HomeCall,
  locked?: readonly string[],
): HomeVault {
  const now = system.now();
  return new HomeVault(place, record, { ...others, system, now, locked });
}

/**
 * Settles under the agent's locks, then runs `action` and adds its result. Takes
 * the locks of `homes` too, in which the agent may run.
 */
export async function withVault<T>(
  place: HomePlace,
  call: HomeCall & { index?: number; homes?: readonly string[] },
  action: (vault: HomeVault) => Promise<T>,
): Promise<HomeResult & T> {
  const home = dirname(place.plain);
  if (!await runtime.files.info(home)) await makeFolder(home);
  const stores = [home, ...call.homes ?? []];
  if (call.index !== undefined) {
    const folder = homeFolder(place, call.index);
    const info = await runtime.files.info(folder);
    if (info?.kind === "folder") stores.push(folder);
  }
  const locks = stores.flatMap((it) => place.format.locks(it));
  return await withAgentLocks(locks, async () => {
    await call.check?.();
    const vault = vaultOf(place, call, stores);
    await settle(vault);
    const more = await action(vault);
    return Object.assign(resultOf(vault), more);
  }, { system: call.system });
}
