import { hasCode } from "../errors.ts";
import { runtime } from "../system/mod.ts";
import type { Locked } from "../vault/locked.ts";
import { isLinked, withLink } from "../disk/layout.ts";
import { allAccounts, temporaryName } from "../disk/names.ts";
import { secureFile } from "../disk/permissions.ts";
import { blockOf } from "../vault/block.ts";
import { credentialPath } from "../vault/home_logins/login_accounts.ts";
import {
  forgetEnded,
  possibleWriters,
  rememberReaders,
} from "../vault/settle/holders.ts";
import { adoptAside, putLink } from "../vault/settle/live_link.ts";
import { settleSlot, unlessGone } from "../vault/settle/settle_slot.ts";
import { accountInsteadOf } from "./pick.ts";

/** The active account before and after a switch. */
export interface SwitchResult {
  /** Whether this call moved the link to another account. */
  switched: boolean;
  /** The account that was active before the call. */
  from: number | undefined;
  /** The account that is active now. */
  to: number;
}

/** From which account to switch to which one, and why, for the audit log. */
interface Switch {
  from: number | undefined;
  to: number;
  /** @default "asked for" */
  reason?: string | undefined;
}

/**
 * Activates account `to` instead of `from`; counts and records a switch if they
 * differ.
 */
export async function switchAccount(
  locked: Locked,
  { from, to, reason }: Switch,
): Promise<SwitchResult> {
  const isKey = locked.keys.includes(to);
  await secureFile(credentialPath(locked, to), locked.notify);
  if (isKey) await keepLink(locked);
  else await activate(locked, to);
  if (from !== to) noteSwitch(locked, { from, to, reason });
  if (isKey) locked.vault.activateKey(to);
  else locked.vault.activateLink();
  return { switched: from !== to, from, to };
}

/**
 * Activates account `index` if `active`, the present one, cannot be used but
 * `index` can. If `active` has a key and the link is missing, creates a link to
 * the login of `index` for the plain agent; `active` stays the active one.
 */
export async function activateIfIdle(
  locked: Locked,
  index: number,
  { active, reason }: { active: number | undefined; reason: string },
): Promise<void> {
  const { keys, layout, live, slots } = locked;
  if (blockOf(locked, index) !== undefined) return;
  if (isIdle(locked, active)) {
    await switchAccount(locked, { from: active ?? index, to: index, reason });
    return;
  }
  const isBesideKey = active !== undefined && keys.includes(active) &&
    isLinked(layout) && live.kind === "absent" && slots.includes(index);
  if (isBesideKey) await activate(locked, index);
}

/** Whether account `active` cannot be used, so that a new one replaces it. */
export function isIdle(locked: Locked, active: number | undefined): boolean {
  return active === undefined || !allAccounts(locked).includes(active) ||
    blockOf(locked, active) !== undefined;
}

/**
 * Activates another account if account `index` is active, and points the link
 * to another account. Removes the link if no account is left for it.
 */
export async function switchAway(
  locked: Locked,
  index: number,
  { active, reason }: { active: number | undefined; reason: string },
): Promise<void> {
  const insteadOf = async (all: readonly number[]) =>
    await accountInsteadOf(locked, index, {
      among: all.filter((it) => it !== index),
    });
  if (active === index) {
    const to = await insteadOf(allAccounts(locked));
    if (to !== undefined) {
      await switchAccount(locked, { from: index, to, reason });
    }
  }
  const { live } = locked;
  const isCurrent = live.kind === "slot" && live.index === index ||
    locked.state.currentIndex === index;
  if (!isCurrent) return;
  const to = await insteadOf(locked.slots);
  if (to !== undefined) return await activate(locked, to);
  if (!isLinked(locked.layout)) return;
  await rememberReaders(locked, [index]);
  if (live.kind !== "absent") await removeLink(locked);
}

/**
 * Holds account `index` for a run that does not read the link. The active
 * account stays; if the link is missing, creates it again.
 */
export async function holdAccount(
  locked: Locked,
  index: number,
): Promise<void> {
  await secureFile(credentialPath(locked, index), locked.notify);
  const link = usableLink(locked);
  // If a newer login of that account is found, the next update settles it.
  if (link !== undefined) await unlessDoubtful(activate(locked, link));
}

/**
 * Keeps the link for the plain agent, although an account with a key needs
 * none. Points the link to another account if its account cannot be used.
 */
async function keepLink(locked: Locked): Promise<void> {
  const to = usableLink(locked) ??
    await accountInsteadOf(locked, locked.state.currentIndex, {
      among: locked.slots,
    });
  if (to !== undefined) await activate(locked, to);
}

/** Returns the account of the link, if it can be used. */
function usableLink(locked: Locked): number | undefined {
  const { currentIndex: link } = locked.state;
  return link !== undefined && locked.slots.includes(link) &&
      blockOf(locked, link) === undefined
    ? link
    : undefined;
}

/**
 * Waits for `change`, a change of the link. A newer login of the account may have
 * been found meanwhile: then the next command makes the change.
 */
export async function unlessDoubtful(change: Promise<unknown>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!hasCode(error, "doubtful")) throw error;
  }
}

/**
 * Points the link to account `index`. A login in the place of the link is
 * adopted or stashed. Without a link, only records which account is active: the
 * place of the plain agent stays as it is.
 */
export async function activate(locked: Locked, index: number): Promise<void> {
  const { layout, live, notify } = locked;
  if (!isLinked(layout)) return locked.vault.rememberLinked(index);
  const before = live.kind === "slot" ? live.index : locked.state.currentIndex;
  if (live.kind !== "slot" || live.index !== index) {
    if (live.kind === "foreign") {
      const { file } = withLink(layout).agent.login;
      notify(`${file} pointed elsewhere: replaced with our link`);
    }
    await settleSlot(locked, index);
    // What is in the place of the link was written before it points to `index`.
    const writers = possibleWriters(locked);
    if (before !== undefined && before !== index) {
      await rememberReaders(locked, [before, index]);
    }
    await putLink(locked, index, writers);
  }
  locked.vault.link(index);
  // A program may have written through the earlier link since we looked.
  const wasLinked = before !== undefined && before !== index &&
    locked.slots.includes(before);
  if (wasLinked) await settleSlot(locked, before);
  await forgetEnded(locked);
}

/** Removes the link; a login in its place is adopted or stashed. */
export async function removeLink(locked: Locked): Promise<void> {
  const layout = withLink(locked.layout);
  const writers = possibleWriters(locked);
  const aside = temporaryName(layout.live);
  await runtime.files.rename(layout.live, aside).catch(unlessGone);
  await adoptAside(locked, aside, writers);
  locked.vault.unlink();
}

/** Counts and records a switch. */
export function noteSwitch(
  locked: Locked,
  { from, to, reason }: Switch,
): void {
  locked.ledger.countSwitch(to);
  locked.record({ event: "account_switch", from, to, reason });
}
