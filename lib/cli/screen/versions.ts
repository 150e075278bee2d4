import { chosenAgent } from "../../agents/registry.ts";
import { isTried } from "../../agents/version.ts";
import { findAgentVersion } from "../../run/agent_version.ts";
import type { Notify } from "../../system/system.ts";
import { loadSettingsIfSet } from "../settings/settings_if_set.ts";

/**
 * Returns the versions of the agent that matter to the user: the one that is
 * installed, if known, the newest one that we have tried, and whether the former
 * is older or newer than those that were tried.
 */
export function versionsOf(installed: string | undefined) {
  const { tried } = chosenAgent().product;
  return {
    installed,
    newestTried: tried.newest,
    isUntried: installed !== undefined && !isTried(installed, tried),
  };
}

/** Finds the version of the program in the settings of the folder `dir`. */
export async function findVersions(dir: string) {
  const settings = await loadSettingsIfSet(dir, "bin").catch(() => undefined);
  const bin = settings?.bin ?? chosenAgent().program;
  return versionsOf(await findAgentVersion(bin));
}

/** Describes an installed version that was not tried. */
export function describeVersions(
  { installed, newestTried }: ReturnType<typeof versionsOf>,
): string {
  const { program } = chosenAgent();
  return `${program} ${installed} was not tried with this program: ` +
    `the newest version that was is ${newestTried}`;
}

/** Tells the user if the version of the program `bin` was not tried. */
export async function tellIfUntried(
  bin: string,
  notify: Notify,
): Promise<void> {
  const versions = versionsOf(await findAgentVersion(bin));
  if (versions.isUntried) notify(describeVersions(versions));
}
