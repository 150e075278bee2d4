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
} from "../vault/logins/credential_file.ts";
import { listKeptAccounts } from "../vault/logins/generations.ts";
import { leaveToStash, undoGuesses } from "../vault/settle/guess.ts";
import { basename } from "../disk/names.ts";
import { allAccounts } from "../disk/slot_names.ts";
import { readSlot, writeSlot } from "../vault/logins/slots.ts";
import { findRemovedSlot } from "../vault/logins/removed.ts";
import { stashedAt, suspectsOf } from "../vault/logins/stash.ts";
import { accountState } from "../ledger/state.ts";
import type { Before, Locked } from "../vault/locked.ts";
import { weighDoubt } from "../vault/settle/adopt.ts";
import { LOGIN_NEEDED, usableAccounts } from "../vault/block.ts";
import { bringBack, type RestoreResult } from "./bring_back.ts";
import { findGeneration } from "./find_generation.ts";
import { tellOfLeaving } from "./leave.ts";
import { contradictionTo } from "../vault/logins/owner.ts";
import { accountInsteadOf } from "./pick.ts";
import { switchAccount } from "./switch_account.ts";
import type { Update } from "./update.ts";
import { invocation } from "../program.ts";

export type { RestoreResult } from "./bring_back.ts";

/** What to put into a slot. */
export interface RestoreOptions {
  /**
   * How many contents to go back, from 1.
   *
   * @default 1, or to what was there before the last guess from the stash
   */
  generation?: number | undefined;
  /** The name of a stashed credential to take instead; it stays there too. */
  stash?: string | undefined;
}

/**
 * Brings a removed account back, or puts an earlier content, or a stashed
 * credential, into the slot of account `index`. The present content is kept as
 * a generation, or stays in the stash if it is there: so a wrong guess can be
 * undone. What the agent has written since a guess goes to the stash with it.
 *
 * @throws {AccountError} If the account does not exist.
 * @throws {AccountError} If it is one with a key.
 * @throws {AccountError} If that content is not kept.
 * @throws {FileError} If the stashed file is not a credential.
 * @throws {AccountError} If the stashed credential belongs to another account.
 * @throws {AccountError} If another account has what the removed one had.
 */
export function restoreSlot(
  index: number,
  options: RestoreOptions,
): Update<RestoreResult, BeforeRestore> {
  return {
    look: (before) => lookForRestore(before, index, options),
    tellsOfLeaving: ({ removed }) => removed === undefined,
    async change(locked, { removed, content, linked }) {
      if (removed !== undefined) return await bringBack(locked, index, removed);
      try {
        return await putLogin(locked, index, { ...options, before: content });
      } finally {
        if (linked !== undefined) tellOfLeaving(locked, linked);
      }
    },
  };
}

/** What there was before the update settled. */
interface BeforeRestore {
  /** What the slot of a removed account held: a path. */
  removed: string | undefined;
  /** What the slot of the account holds. */
  content: Found | NotFound;
  /** The account of the link, unless that is gone. */
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
  const isPlain = (generation ?? stash) === undefined;
  const removed = isPlain ? await findRemovedSlot(layout, index) : undefined;
  if (removed !== undefined) return { ...present, removed };
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
  locked.vault.unblock(index);
  locked.record({
    level: "info",
    event: "credential_restored",
    from: null,
    to: index,
    reason: stash === undefined ? "a generation" : "from the stash",
  });
  await weighDoubt(locked);
  if (stash !== undefined) liftBlocksOfDoubt(locked, path);
  await leadOn(locked, index, active);
  const replaced = "bytes" in present &&
    !sameBytes(present.bytes, found.bytes);
  return { file: basename(path), replaced, isBack: false };
}

/**
 * Refuses what is known to be wrong, and warns of what is not likely.
 *
 * @throws {AccountError} If the credential belongs to another account.
 */
async function weighGuess(
  locked: Locked,
  index: number,
  { path, found }: { path: string; found: Found },
): Promise<void> {
  const { layout, slots, notify } = locked;
  const name = basename(path);
  const nameOf = (it: number) => nameIn(locked, it);
  const problem = await contradictionTo(layout, found, {
    index,
    slots,
    nameOf,
  });
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
 * While it was open whose the stashed login at `path` is, that a run found no
 * login said nothing about the accounts that it may be of.
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
 * Replaces a login of the agent with the link: the next command would adopt
 * that login again, over what is restored.
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

/** Links to account `index` if there is no link, or one that must not stay. */
async function leadOn(
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
