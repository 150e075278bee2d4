import { chosenAgent, DEFAULT_AGENT } from "../../agents/registry.ts";
import { findLayout, usualRoot } from "../../disk/layout.ts";
import { runtime } from "../../system/mod.ts";
import { realSystem } from "../../system/system.ts";
import { configPath } from "../../settings.ts";

const MAX_CONFIG_BYTES = 1024 * 1024;

/**
 * Returns the agent that the settings choose for the accounts in `dir`, by
 * default those of the default agent; `undefined` if they choose none.
 *
 * @throws {UsageError} If the file is not valid.
 * @throws The system's error if it cannot be read.
 */
export async function loadChosenAgent(
  dir: string | undefined,
): Promise<string | undefined> {
  const path = configPath(findLayout({ dir, agent: DEFAULT_AGENT }).root);
  const bytes = await runtime.files.read(path, MAX_CONFIG_BYTES);
  // Most files choose no agent, and the YAML parser takes long to load.
  if (!/\bcli\b/.test(new TextDecoder().decode(bytes))) return undefined;
  const { readConfig } = await import("./config.ts");
  const value = (await readConfig(path)).get("cli")?.value;
  return value === undefined ? undefined : String(value);
}

/**
 * Returns the folder whose settings choose the agent when `dir` has the other
 * settings: that of the default agent, unless the user names a folder.
 */
export function choosingFolder(dir: string): string {
  if (chosenAgent() === DEFAULT_AGENT) return dir;
  const isUsual = usualRoot(chosenAgent(), realSystem) === dir;
  return isUsual ? findLayout({ agent: DEFAULT_AGENT }).root : dir;
}
