import { nameAny, nameIn } from "../vault/account_name.ts";
import { AccountError } from "../errors.ts";
import {
  hasNoLogin,
  invalidCredential,
  noSuchAccount,
} from "../common_errors.ts";
import { sameBytes } from "../disk/bytes.ts";
import {
  type Found,
  type NotFound,
  readCredential,
  readSlot,
} from "../vault/logins/credential_file.ts";
import { listKeptAccounts } from "../vault/logins/generations.ts";
import { leaveToStash, undoGuesses } from "../vault/settle/guess.ts";
import { allAccounts, basename } from "../disk/names.ts";
import { findRemovedSlot } from "../vault/logins/removed.ts";
import { stashedAt, suspectsOf } from "../vault/logins/stash.ts";
import { placeOf } from "../vault/home_logins/login_accounts.ts";
import { accountState } from "../ledger/state.ts";
import type { Before, Locked } from "../vault/locked.ts";
import { weighDoubt, writeSlot } from "../vault/settle/adopt.ts";
import { LOGIN_NEEDED, usableAccounts } from "../vault/block.ts";
import { bringBack } from "./bring_back.ts";
import { findGeneration } from "./find_generation.ts";
import {
  noteRestored,
  type RestoreOptions,
  type RestoreResult,
  restoreToFolder,
} from "./restore_login.ts";
import { tellOfLeaving, type Update } from "./update.ts";
import { contradictions } from "../vault/logins/owner.ts";
import { accountInsteadOf } from "./pick.ts";
import { switchAccount } from "./activate.ts";
import { invocation } from "../program.ts";

/**
 * Restores account `index` if it was removed. Otherwise puts an earlier or a
 * stashed login into its slot. The present login is kept as a generation, or in
 * the stash if it is there, so that a wrong guess can be undone. Logins that
 * the agent wrote after a guess go to the stash with it.
 *
 * @throws The errors of {@linkcode AccountManager.restore}.
 */
export function restoreSlot(
  index: number,
  options: RestoreOptions,
): Update<RestoreResult, BeforeRestore> {
  return {
    look: (before) => lookForRestore(before, index, options),
    tellsOfLeaving: ({ removed }) => removed === undefined,
    async change(locked, { removed, content, linked }) {
      if (removed !== undefined) {
        return await bringBack(locked, index, { ...options, path: removed });
      }
      const place = placeOf(locked);
      if (place) {
        return await restoreToFolder(locked, index, { ...options, place });
      }
      try {
        return await putLogin(locked, index, { ...options, before: content });
      } finally {
        if (linked !== undefined) tellOfLeaving(locked, linked);
      }
    },
  };
}

/** What was found before the update settled. */
interface BeforeRestore {
  /** The path of the file that was the slot of a removed account. */
  removed: string | undefined;
  /** The content of the slot. */
  content: Found | NotFound;
  /** The account of the link, unless the link is gone. */
  linked: number | undefined;
}

async function lookForRestore(
  { layout, live, slots, keys, state }: Before,
  index: number,
  { generation, stash }: RestoreOptions,
): Promise<BeforeRestore> {
  const content = await readSlot(layout, index);
  const account = live.kind === "slot" ? live.index : state.currentIndex;
  const linked = live.kind === "absent" ? undefined : account;
  const present = { removed: undefined, content, linked };
  if (slots.includes(index)) return present;
  if (keys.includes(index)) {
    const name = nameIn({ state }, index);
    throw hasNoLogin("restore", { index, name });
  }
  if (generation === undefined && stash === undefined) {
    const isLeft = accountState(state, index).removed !== undefined;
    const removed = isLeft
      ? placeOf({ layout })?.plain
      : await findRemovedSlot(layout, index);
    if (removed !== undefined) return { ...present, removed };
  }
  if ((await listKeptAccounts(layout)).includes(index)) return present;
  throw noSuchAccount(index, allAccounts({ slots, keys }));
}

async function putLogin(
  locked: Locked,
  index: number,
  { generation, stash, before }: RestoreOptions & { before: Found | NotFound },
): Promise<RestoreResult> {
  const { layout, now, notify } = locked;
  const { currentIndex: active } = locked.state;
  const path = stash === undefined
    ? await findGeneration(locked, index, { generation, before })
    : `${layout.stash}/${basename(stash)}`;
  const found = await readCredential(path, layout);
  if ("problem" in found) {
    throw invalidCredential(path, `it ${found.problem}`);
  }
  if (stash !== undefined) await weighGuess(locked, index, { path, found });
  await replaceLogin(locked, index, active);
  if (stash === undefined) {
    const moved = await undoGuesses(layout, index, { chosen: path, now });
    if (moved > 0) {
      notify(
        `${nameIn(locked, index)}: the later logins are in the stash now; ` +
          `${invocation()} doctor shows what to do`,
      );
    }
  }
  await leaveToStash(layout, index, found.bytes);
  const present = await readSlot(layout, index);
  await writeSlot(layout, index, found.bytes, now, { heedsStash: true });
  locked.vault.addSlot(index);
  noteRestored(locked, { index, stash });
  await weighDoubt(locked);
  if (stash !== undefined) liftBlocksOfDoubt(locked, path);
  await repairLink(locked, index, active);
  const replaced = "bytes" in present &&
    !sameBytes(present.bytes, found.bytes);
  return { file: basename(path), replaced, isBack: false };
}

/**
 * Refuses a guess that is known to be wrong, and warns about an unlikely one.
 */
async function weighGuess(
  locked: Locked,
  index: number,
  { path, found }: { path: string; found: Found },
): Promise<void> {
  const { layout, slots, notify } = locked;
  const name = basename(path);
  const nameOf = (it: number) => nameIn(locked, it);
  const problemOf = await contradictions(layout, found, { slots, nameOf });
  const problem = await problemOf(index);
  if (problem !== undefined) {
    throw new AccountError(
      "wrong-owner",
      `Cannot put "${name}" into ${nameOf(index)}: it ${problem}`,
      {
        index,
        hint: `undo a wrong guess first: ${invocation()} restore ${index}`,
      },
    );
  }
  const suspects = suspectsOf(path, slots);
  if (suspects.length === 0 || suspects.includes(index)) return;
  notify(
    `${name} was assigned to ${nameAny(locked, suspects)}; ` +
      `${invocation()} restore ${index} undoes this`,
  );
}

/**
 * Unblocks the accounts that the stashed login at `path` may belong to, if they
 * were blocked while its owner was unknown: a run that found no login then said
 * nothing about them.
 */
function liftBlocksOfDoubt(locked: Locked, path: string): void {
  const since = stashedAt(path);
  if (since === undefined) return;
  for (const index of suspectsOf(path, locked.slots)) {
    const { blocked, blockedSince } = accountState(locked.state, index);
    const isOfDoubt = blocked === LOGIN_NEEDED &&
      Date.parse(blockedSince ?? "") >= since;
    if (isOfDoubt) locked.vault.unblock(index);
  }
}

/**
 * Replaces a login of the agent with the link. Otherwise the next command would
 * adopt that login and replace the restored one.
 */
async function replaceLogin(
  locked: Locked,
  index: number,
  active: number | undefined,
): Promise<void> {
  if (locked.live.kind !== "file") return;
  const usable = usableAccounts(locked);
  const to = [active, index].find((it) => it && usable.includes(it));
  if (to === undefined) return;
  await switchAccount(locked, { from: active ?? to, to, reason: "restored" });
}

/**
 * If the link is missing or must not stay, points it to account `index`, else
 * to another usable account.
 */
async function repairLink(
  locked: Locked,
  index: number,
  active: number | undefined,
): Promise<void> {
  const { live, doubtful } = locked;
  if (live.kind === "slot" && !doubtful.has(live.index)) return;
  const usable = usableAccounts(locked);
  const to = usable.find((it) => it === index) ??
    await accountInsteadOf(locked, index, { among: locked.slots });
  if (to === undefined) return;
  await switchAccount(locked, { from: active ?? to, to, reason: "restored" });
}
