import { slotPath } from "../../lib/disk/names.ts";
import { realSystem, type System } from "../../lib/system/system.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
} from "../support/account_folder.ts";

/** When the tokens of a {@linkcode dueFolder} expire, epoch milliseconds. */
export const ENDED: number = Date.now() - 60_000;
export const LATER: number = Date.now() + 3_600_000;

/** How to set up a folder in which a refresh is due. */
export interface DueFolderOptions {
  /** The active account. @default 1 */
  active?: number;
  /** Whether it is in memory. @default false */
  inMemory?: boolean;
}

/**
 * Two accounts; the token of the first has expired, that of the second has not.
 */
export async function dueFolder(
  { active = 1, inMemory = false }: DueFolderOptions = {},
): Promise<AccountFolder> {
  const folder = await accountFolder({
    accounts: [1, 2],
    active,
    inMemory,
    state: { current_index: active, linked: true },
  });
  for (const [index, expiresAt] of [[1, ENDED], [2, LATER]] as const) {
    const path = slotPath(folder.layout, index);
    await folder.put(credential(index, { expiresAt }), path);
  }
  return folder;
}

/** A system that refreshes at `url` and pauses 1 ms between two attempts. */
export function refreshSystem(url: string, home?: string): System {
  const values: Record<string, string | undefined> = {
    ACCOUNT_QWEN_OAUTH_URL: url,
    HOME: home,
  };
  return {
    ...realSystem,
    sleep: (ms, signal) => realSystem.sleep(ms === 1_000 ? 1 : ms, signal),
    env: (name) => values[name],
  };
}
