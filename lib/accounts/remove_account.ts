import { nameIn } from "../vault/account_name.ts";
import { messageOf } from "../system/message_of.ts";
import { runtime } from "../system/mod.ts";
import { sameBytes } from "../disk/bytes.ts";
import { readCredential } from "../vault/logins/credential_file.ts";
import { listGenerations } from "../vault/logins/generations.ts";
import { accountPath, allAccounts } from "../disk/slot_names.ts";
import { readSlot } from "../vault/logins/slots.ts";
import { stashRemoved } from "../vault/logins/removed.ts";
import { listStash, suspectsOf } from "../vault/logins/stash.ts";
import type { Locked } from "../vault/locked.ts";
import { weighDoubt } from "../vault/settle/adopt.ts";
import { rememberReaders } from "../vault/settle/holders.ts";
import { accountInsteadOf } from "./pick.ts";
import { requireNoRefresh } from "./refresh/await_lease.ts";
import { activate, takeLinkAway } from "./activate.ts";
import { requireAccount, switchAccount } from "./switch_account.ts";
import type { Update } from "./update.ts";

/** What is left of an account that is removed. */
export interface RemoveResult {
  /** Where its login is now. */
  path: string;
  /** The account that is the active one now. */
  active: number | undefined;
}

/**
 * Removes account `index` by `update`; if that fails once the login has been
 * moved, the error says where it is.
 */
export async function removeWith(
  update: (it: Update<RemoveResult>) => Promise<RemoveResult>,
  index: number,
): Promise<RemoveResult> {
  let path: string | undefined;
  let name = `account ${index}`;
  try {
    return await update({
      async change(locked) {
        name = nameIn(locked, index);
        const result = await removeAccount(locked, index);
        path = result.path;
        return result;
      },
    });
  } catch (cause) {
    if (path === undefined) throw cause;
    throw new Error(
      `Cannot record the removal of ${name}: ${messageOf(cause)}; ` +
        `its login is kept as "${path}"`,
      { cause },
    );
  }
}

/**
 * Removes account `index`: its login and its generations go to the stash under
 * names that say so. Its number is not used again, unless it is restored. If it
 * was the active account, another one becomes active.
 *
 * The link moves first, and the slot goes last: killed in between, the
 * account is still there, and the next try does the rest. What state.yaml then
 * says about an account without a slot has no effect until it is restored.
 *
 * @throws {AccountError} If the account does not exist.
 * @throws {BusyError} If a refresh of its tokens is under way.
 */
export async function removeAccount(
  locked: Locked,
  index: number,
): Promise<RemoveResult> {
  requireAccount(locked, index);
  await requireNoRefresh(locked, "remove", index);
  const { layout, now, active } = locked;
  await leadAway(locked, index, { active, reason: "removed" });
  if (locked.slots.includes(index)) await stashKept(locked, index);
  const slot = accountPath(locked, index);
  const path = await stashRemoved(layout, slot, { index, now, part: "slot" });
  await runtime.files.syncFolder(layout.accounts);
  locked.vault.removeAccount(index);
  locked.ledger.unstick(index);
  locked.record({
    level: "info",
    event: "account_removed",
    from: index,
    to: null,
    reason: "asked for",
  });
  await weighDoubt(locked);
  return { path, active: locked.active };
}

/**
 * Makes another account the active one where account `index` is that, and leads
 * the link away from it; where no account is left for the link, removes it.
 */
export async function leadAway(
  locked: Locked,
  index: number,
  { active, reason }: { active: number | undefined; reason: string },
): Promise<void> {
  const without = (all: readonly number[]) => all.filter((it) => it !== index);
  if (active === index) {
    const among = without(allAccounts(locked));
    const to = await accountInsteadOf(locked, index, { among });
    if (to !== undefined) {
      await switchAccount(locked, { from: index, to, reason });
    }
  }
  const { live } = locked;
  const isLinked = live.kind === "slot" && live.index === index ||
    locked.state.currentIndex === index;
  if (!isLinked) return;
  const among = without(locked.slots);
  const to = await accountInsteadOf(locked, index, { among });
  if (to !== undefined) return await activate(locked, to);
  await rememberReaders(locked, [index]);
  if (live.kind !== "absent") await takeLinkAway(locked);
}

/** What may belong to another account as well stays in the stash. */
async function stashKept(locked: Locked, index: number): Promise<void> {
  const { layout, slots, now } = locked;
  const slot = await readSlot(layout, index);
  for (const path of await listGenerations(layout, index)) {
    const kept = await readCredential(path, layout);
    const isInSlot = "bytes" in slot && "bytes" in kept &&
      sameBytes(slot.bytes, kept.bytes);
    if (isInSlot) await runtime.files.remove(path);
    else await stashRemoved(layout, path, { index, now, part: "generation" });
  }
  for (const path of await listStash(layout)) {
    const [suspect, another] = suspectsOf(path, slots);
    if (suspect !== index || another !== undefined) continue;
    await stashRemoved(layout, path, { index, now, part: "stashed" });
  }
}
