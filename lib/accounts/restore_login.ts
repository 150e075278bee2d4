import { basename } from "../disk/names.ts";
import { AccountError } from "../errors.ts";
import { accountState } from "../ledger/state.ts";
import { invocation } from "../program.ts";
import { nameIn } from "../vault/account_name.ts";
import {
  type FoundLogin,
  type HomePlace,
  isLogin,
  isSame,
  readLogin,
  readStoreLogin,
} from "../vault/home_logins/home_place.ts";
import { requireUsable } from "../vault/home_logins/home_logins.ts";
import { noEarlierLogin } from "./find_generation.ts";
import { restoreKeptLogin } from "../vault/home_logins/change_logins.ts";
import {
  followsPlain,
  requireNoPlainProcess,
  requireNoRun,
} from "../vault/home_logins/users.ts";
import type { Locked } from "../vault/locked.ts";
import { listGenerations } from "../vault/logins/generations.ts";
import { moveKeptBack } from "../vault/logins/removed.ts";

/** Which login to restore. */
export interface RestoreOptions {
  /**
   * How many logins to go back, from 1.
   *
   * @default 1, or before the last guess from the stash
   */
  generation?: number | undefined;
  /**
   * The name of a stashed credential to use instead; the stash keeps it, unless
   * logins are in folders.
   */
  stash?: string | undefined;
  /**
   * Whether to change the login of the plain agent although it is running; that
   * may end the login. Only for an agent that keeps its logins in folders.
   *
   * @default false
   */
  force?: boolean | undefined;
}

/** Where logins are, if they are in folders. */
interface InFolder {
  place: HomePlace;
}

/** What was restored. */
export interface RestoreResult {
  /** The name of the file that had the login or the key. */
  file: string;
  /** Whether the slot had a different login before, which is kept. */
  replaced: boolean;
  /** Whether a removed account is back. */
  isBack: boolean;
}

/**
 * Puts an earlier or a stashed login into the folder of account `index`. It is
 * moved, never copied, and the present login becomes a generation.
 *
 * @throws The errors of {@linkcode AccountManager.restore}.
 */
export async function restoreToFolder(
  locked: Locked,
  index: number,
  options: RestoreOptions & InFolder,
): Promise<RestoreResult> {
  const { generation = 1, place, stash } = options;
  const path = stash === undefined
    ? await findKept(locked, index, { generation, place })
    : `${locked.layout.stash}/${basename(stash)}`;
  await requireOwn(locked, index, { path, place });
  await requireUnused(locked, index, options);
  const present = await readStoreLogin(place, locked.state, index);
  await restoreKeptLogin(locked, { index, path });
  noteRestored(locked, { index, stash });
  return { file: basename(path), replaced: isLogin(present), isBack: false };
}

/** Records that account `index` has an earlier login, or the one in `stash`. */
export function noteRestored(
  locked: Locked,
  { index, stash }: { index: number; stash: string | undefined },
): void {
  locked.vault.unblock(index);
  locked.record({
    event: "credential_restored",
    to: index,
    reason: stash === undefined ? "a generation" : "from the stash",
  });
}

/**
 * Gives the removed account `index` its login at `path` back: its former slot, or
 * the login that the plain agent has kept.
 *
 * @throws The errors of {@linkcode AccountManager.restore}.
 */
export async function bringLoginBack(
  locked: Locked,
  index: number,
  { path, place, force }: Pick<RestoreOptions, "force"> & InFolder & {
    path: string;
  },
): Promise<void> {
  const { layout, now } = locked;
  await requireOwn(locked, index, { path, place });
  const movesPlain = path === place.plain && place.format.plain === "link";
  if (movesPlain && !force) {
    const { program } = layout.agent;
    const doing = `move the login of plain ${program}`;
    await requireNoPlainProcess(locked, doing);
  }
  await moveKeptBack(layout, index, { path, now });
  await restoreKeptLogin(locked, { index, path });
  locked.vault.unblock(index);
}

/** Makes sure that nothing uses the login that is about to be replaced. */
async function requireUnused(
  locked: Locked,
  index: number,
  { force = false }: Pick<RestoreOptions, "force">,
): Promise<void> {
  const doing = `restore ${nameIn(locked, index)}`;
  await requireNoRun(locked, [index], doing);
  if (force || locked.state.plain !== index) return;
  if (await followsPlain(locked)) return;
  await requireNoPlainProcess(locked, doing);
}

/** Returns the path of the earlier login to go back to. */
async function findKept(
  locked: Locked,
  index: number,
  { generation, place }: InFolder & { generation: number },
): Promise<string> {
  const { login: owner } = accountState(locked.state, index);
  const usable: string[] = [];
  for (const path of await listGenerations(locked.layout, index)) {
    const kept = await readLogin(path, place);
    if (!isLogin(kept) || !kept.login.isUsable) continue;
    if (owner === undefined || isSame(kept.identity, owner)) usable.push(path);
  }
  const path = usable[generation - 1];
  if (path !== undefined) return path;
  throw noEarlierLogin(locked, index, { generation, kept: usable.length });
}

/**
 * Makes sure that the login at `path` can be used, and is that of account
 * `index`.
 */
async function requireOwn(
  locked: Locked,
  index: number,
  { path, place }: InFolder & { path: string },
): Promise<void> {
  const found = requireUsable(await readLogin(path, place));
  const { login, removed } = accountState(locked.state, index);
  const name = nameIn(locked, index);
  const owner = ownerOf(locked, found);
  if (owner !== undefined && owner !== index) {
    const its = login === undefined
      ? `${nameIn(locked, owner)} has its login now`
      : `"${basename(path)}" is a login of ${nameIn(locked, owner)}`;
    throw new AccountError(
      login === undefined ? "account-replaced" : "wrong-owner",
      `Cannot restore ${name}: ${its}`,
      {
        index,
        hint: `use that one, or log in: ${invocation()} login ${index}`,
      },
    );
  }
  const known = login ?? removed;
  if (!known || isSame(known, found.identity)) return;
  throw new AccountError(
    "wrong-owner",
    `Cannot restore ${name}: "${basename(path)}" is a login of another account`,
    { index, hint: `log in again: ${invocation()} login ${index}` },
  );
}

function ownerOf(
  { state }: Locked,
  { identity }: FoundLogin,
): number | undefined {
  for (const [index, { login }] of state.accounts) {
    if (isSame(login, identity)) return index;
  }
  return undefined;
}
