import { runtime } from "../runtime/mod.ts";
import type { Layout } from "../store/layout.ts";
import { readCredential } from "../store/credential_file.ts";
import { isHome } from "../store/doubt.ts";
import { listGenerations } from "../store/generations.ts";
import { secureFile } from "../store/permissions.ts";
import { slotPath } from "../store/slot_names.ts";
import { listStash } from "../store/stash.ts";
import type { Locked } from "../store/update.ts";
import { STALE_CLI_LOCK_MS } from "./cli_lock.ts";
import { usableAccounts } from "./block.ts";
import { settle } from "./settle.ts";
import { switchAccount } from "./switch_account.ts";

/**
 * Repairs what can be repaired without a decision of the user. What needs one,
 * such as whose a stashed login is, stays as it is.
 */
export async function repair(locked: Locked): Promise<void> {
  const { layout, slots, now, notify } = locked;
  for (const path of await listCredentials(layout, slots)) {
    await secureFile(path, notify);
  }
  const active = await settle(locked);
  const usable = usableAccounts(locked);
  const account = usable.find((it) => it === active) ?? usable[0];
  if (account !== undefined) {
    const reason = "repair";
    await switchAccount(locked, {
      from: active ?? account,
      to: account,
      reason,
    });
  }
  for (const path of await listStash(layout)) {
    const found = await readCredential(path);
    if (!("problem" in found) && await isHome(layout, locked.slots, found)) {
      await runtime.files.remove(path);
      notify(`removed ${path}: it is in a slot`);
    }
  }
  const cliLock = await runtime.files.info(layout.cliLock);
  if (cliLock && now - cliLock.mtimeMs > STALE_CLI_LOCK_MS) {
    await runtime.files.remove(layout.cliLock);
    notify(`removed ${layout.cliLock}, which qwen had left behind`);
  }
}

/** Every file of ours that holds a credential, but for the live file. */
export async function listCredentials(
  layout: Layout,
  slots: readonly number[],
): Promise<string[]> {
  const generations = await Promise.all(
    slots.map((it) => listGenerations(layout, it)),
  );
  return [
    ...slots.map((it) => slotPath(layout, it)),
    ...generations.flat(),
    ...await listStash(layout),
  ];
}
