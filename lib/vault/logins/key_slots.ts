import {
  type ApiKey,
  formatApiKey,
  parseApiKey,
  withoutOwnPath,
} from "../../agents/api_key.ts";
import { MAX_ENV_FILE_BYTES } from "../../agents/env_file.ts";
import { writeAtomic } from "../../disk/files.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { keySlotIndex, keySlotPath } from "../../disk/names.ts";
import { findFault } from "../../disk/permissions.ts";
import { runtime } from "../../system/mod.ts";
import { describeReadFailure } from "./credential_file.ts";

/**
 * Reads the slot of the API-key account `index`. Returns the problem if it is
 * unusable. Refuses a link or a file of another user, because its base URL
 * would decide where our requests go.
 */
export async function readKeySlot(
  layout: Layout,
  index: number,
): Promise<{ key: ApiKey } | { problem: string }> {
  return await readKeyFile(layout, keySlotPath(layout, index));
}

/** Reads a file in the format of an API-key slot, with the same checks. */
export async function readKeyFile(
  { agent }: Pick<Layout, "agent">,
  path: string,
): Promise<{ key: ApiKey } | { problem: string }> {
  try {
    const fault = await findFault(path, "file", FILE_MODE);
    if (fault?.kind === "foreign") return { problem: fault.problem };
    const bytes = await runtime.files.read(path, MAX_ENV_FILE_BYTES);
    if (!bytes) return { problem: "is not there" };
    const key = await parseApiKey(bytes, agent.keys.names);
    // The user may have written it.
    return {
      key: { ...key, baseUrl: withoutOwnPath(key.baseUrl, agent.keys) },
    };
  } catch (error) {
    if (error instanceof SyntaxError) return { problem: error.message };
    return { problem: describeReadFailure(error) };
  }
}

/**
 * Returns the paths of the API-key slots, including those whose number an OAuth
 * slot has too.
 */
export async function listKeySlots(layout: Layout): Promise<string[]> {
  const names = await runtime.files.list(layout.accounts);
  return names.filter((it) => keySlotIndex(it) !== undefined)
    .map((it) => `${layout.accounts}/${it}`);
}

/**
 * Writes `key` to the slot of the API-key account `index`. The caller holds the
 * lock.
 *
 * @throws {SyntaxError} If a value is unusable; the message completes "it ...".
 */
export async function writeKeySlot(
  layout: Layout,
  index: number,
  key: ApiKey,
): Promise<void> {
  const bytes = formatApiKey(key, layout.agent.keys.names);
  await writeAtomic(keySlotPath(layout, index), bytes);
}
