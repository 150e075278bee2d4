import { runtime } from "../../system/mod.ts";
import {
  type ApiKey,
  formatApiKey,
  parseApiKey,
} from "../../agents/api_key.ts";
import { writeAtomic } from "../../disk/atomic_write.ts";
import { MAX_ENV_FILE_BYTES } from "../../agents/env_file.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { findFault } from "../../disk/permissions.ts";
import { describeReadFailure } from "./credential_file.ts";
import { keySlotIndex, keySlotPath } from "../../disk/slot_names.ts";

/**
 * Reads the slot of the API-key account `index`, or says why it is unusable:
 * with a link, or a file of another user, requests would go where they say.
 */
export async function readKeySlot(
  layout: Layout,
  index: number,
): Promise<{ key: ApiKey } | { problem: string }> {
  return await readKeyFile(layout, keySlotPath(layout, index));
}

/** Reads a file such as the slot of an API-key account in the same way. */
export async function readKeyFile(
  { agent }: Pick<Layout, "agent">,
  path: string,
): Promise<{ key: ApiKey } | { problem: string }> {
  try {
    const fault = await findFault(path, "file", FILE_MODE);
    if (fault?.kind === "foreign") return { problem: fault.problem };
    const bytes = await runtime.files.read(path, MAX_ENV_FILE_BYTES);
    if (!bytes) return { problem: "is not there" };
    return { key: await parseApiKey(bytes, agent.keys.names) };
  } catch (error) {
    if (error instanceof SyntaxError) return { problem: error.message };
    return { problem: describeReadFailure(error) };
  }
}

/** The slots of API-key accounts, also of numbers that an OAuth slot has: paths. */
export async function listKeySlots(layout: Layout): Promise<string[]> {
  const names = await runtime.files.list(layout.accounts);
  return names.filter((it) => keySlotIndex(it) !== undefined)
    .map((it) => `${layout.accounts}/${it}`);
}

/**
 * Makes `key` the content of the slot of the API-key account `index`. The
 * caller holds the lock.
 *
 * @throws {SyntaxError} If a value cannot be used; completes "it ...".
 */
export async function writeKeySlot(
  layout: Layout,
  index: number,
  key: ApiKey,
): Promise<void> {
  const bytes = formatApiKey(key, layout.agent.keys.names);
  await writeAtomic(keySlotPath(layout, index), bytes);
}
