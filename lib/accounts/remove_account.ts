import { nameIn } from "../vault/account_name.ts";
import { messageOf } from "../system/message_of.ts";
import { runtime } from "../system/mod.ts";
import { sameBytes } from "../disk/bytes.ts";
import {
  type Found,
  type NotFound,
  readCredential,
  readSlot,
} from "../vault/logins/credential_file.ts";
import { accountPath } from "../disk/names.ts";
import { listGenerations } from "../vault/logins/generations.ts";
import { takeLoginOut } from "../vault/home_logins/change_logins.ts";
import { isLogin, readLogin } from "../vault/home_logins/home_place.ts";
import {
  hasLoginFolders,
  placeOf,
} from "../vault/home_logins/login_accounts.ts";
import {
  requireNoPlainProcess,
  requireNoRun,
} from "../vault/home_logins/users.ts";
import { stashRemoved } from "../vault/logins/removed.ts";
import { listStash, suspectsOf } from "../vault/logins/stash.ts";
import type { Locked } from "../vault/locked.ts";
import { weighDoubt } from "../vault/settle/adopt.ts";
import { requireNoRefresh } from "./refresh/leases.ts";
import { switchAway } from "./activate.ts";
import { requireAccount } from "./switch_account.ts";
import type { Update } from "./update.ts";

/** How to remove an account. */
export interface RemoveOptions {
  /**
   * Whether to move its login although something uses it; that may end the
   * login. Only for an agent that keeps its logins in folders. @default false
   */
  force?: boolean | undefined;
}

/** The result of removing an account. */
export interface RemoveResult {
  /** The path of its login or key, which is kept; `undefined` if it had none. */
  path: string | undefined;
  /** Whether the login stays that of the plain agent. */
  isPlain: boolean;
  /** Whether `restore` can bring the account back: its login can be used. */
  isRestorable: boolean;
  /** The account that is active now. */
  active: number | undefined;
}

/**
 * Removes account `index` with `update`. If that fails after the login was
 * moved, the error says where the login is.
 */
export async function removeWith(
  update: (it: Update<RemoveResult>) => Promise<RemoveResult>,
  index: number,
  options: RemoveOptions = {},
): Promise<RemoveResult> {
  let path: string | undefined;
  let name = `account ${index}`;
  try {
    return await update({
      async change(locked) {
        name = nameIn(locked, index);
        const result = await removeAccount(locked, index, options);
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
 * Removes account `index`: its login and its generations go to the stash, under
 * names that identify the account. Its number is not used again, unless it is
 * restored. If it was the active account, activates another one.
 *
 * The link moves first and the slot last: after a kill in between, the account
 * still exists, and the next attempt does the rest. What state.yaml says about
 * an account without a slot has no effect until the account is restored.
 */
async function removeAccount(
  locked: Locked,
  index: number,
  options: RemoveOptions,
): Promise<RemoveResult> {
  requireAccount(locked, index);
  await requireNoRefresh(locked, "remove", index);
  const { layout, active, slots, state } = locked;
  const isPlain = state.plain === index;
  const isInFolder = slots.includes(index) && hasLoginFolders(layout);
  if (isInFolder) await requireUnused(locked, index, options);
  await switchAway(locked, index, { active, reason: "removed" });
  if (isInFolder) await stashKept(locked, index);
  const path = isInFolder
    ? await takeLoginOut(locked, index)
    : await stashSlot(locked, index);
  locked.vault.removeAccount(index);
  locked.ledger.unstick(index);
  locked.record({ event: "account_removed", from: index });
  await weighDoubt(locked);
  const isRestorable = !isInFolder || await isUsable(locked, path);
  return { path, isPlain, isRestorable, active: locked.active };
}

/** Whether the file at `path` has a login that can be given back to its owner. */
async function isUsable(
  locked: Locked,
  path: string | undefined,
): Promise<boolean> {
  const place = placeOf(locked);
  if (!place || path === undefined) return false;
  const found = await readLogin(path, place);
  return isLogin(found) && found.login.isUsable &&
    found.identity !== undefined;
}

async function stashSlot(locked: Locked, index: number): Promise<string> {
  const { layout, now } = locked;
  if (locked.slots.includes(index)) {
    await stashKept(locked, index, await readSlot(layout, index));
  }
  const slot = accountPath(locked, index);
  const path = await stashRemoved(layout, slot, { index, now, part: "slot" });
  await runtime.files.syncFolder(layout.accounts);
  return path;
}

/** Makes sure that nothing uses the login of account `index` in a folder. */
async function requireUnused(
  locked: Locked,
  index: number,
  { force = false }: RemoveOptions,
): Promise<void> {
  if (force) return;
  const doing = `remove ${nameIn(locked, index)}`;
  await requireNoRun(locked, [index], doing);
  const { layout: { agent }, state } = locked;
  // Where the login of the plain agent stays, nothing is moved.
  if (state.plain !== index || agent.homes.login?.plain === "stays") return;
  await requireNoPlainProcess(locked, doing);
}

/**
 * Moves the kept logins of account `index` to the removed ones in the stash,
 * except stashed logins that may belong to another account as well. Those that
 * are in its `slot` too are removed.
 */
async function stashKept(
  { layout, slots, now }: Locked,
  index: number,
  slot?: Found | NotFound,
): Promise<void> {
  for (const path of await listGenerations(layout, index)) {
    const kept = slot && await readCredential(path, layout);
    const isInSlot = slot && "bytes" in slot && kept && "bytes" in kept &&
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
