import { nameIn } from "./account_name.ts";
import { DoubtfulAccountError, UnsafeFileError } from "../errors.ts";
import { runtime } from "../runtime/mod.ts";
import { readCredential } from "../store/credential_file.ts";
import { isNewestDoubtful } from "../store/doubt.ts";
import { secureFile } from "../store/permissions.ts";
import type { Locked } from "../store/update.ts";
import { copyHome } from "./adopt.ts";
import { isDisabled, liftOutdatedBlocks } from "./block.ts";
import { accountInsteadOf } from "./pick.ts";
import { putBack } from "./put_back.ts";
import { finishGrants } from "./put_granted.ts";
import { putLink, takeIn } from "./put_link.ts";
import { noticeRemoval } from "./removal.ts";
import { settleHomes } from "./settle_homes.ts";
import { settleLeftovers } from "./settle_leftover.ts";
import { settleLinkedSlots, settleSlot, unlessGone } from "./settle_slot.ts";
import { temporaryName } from "../store/names.ts";
import { withoutActive, withSwitch } from "../store/state.ts";
import { saveState } from "../store/state_file.ts";
import { forgetEnded, possibleWriters, rememberReaders } from "./holders.ts";

/** How to settle. */
export interface SettleOptions {
  /**
   * Whether the caller tells, when all is done, of an account that the CLI was
   * led away from.
   *
   * @default false
   */
  isQuiet?: boolean;
  /**
   * Whether the caller finds out why the live file is gone, if it is.
   *
   * @default false
   */
  knowsOfRemoval?: boolean;
}

/**
 * Brings every credential that lies outside the slots to its place, before
 * anything else is done, and returns the active account, if there is one.
 *
 * @throws {UnsafeFileError} If a folder stands in the live file's place.
 */
export async function settle(
  locked: Locked,
  { isQuiet = false, knowsOfRemoval = false }: SettleOptions = {},
): Promise<number | undefined> {
  const { layout, live } = locked;
  if (live.kind === "folder") {
    throw new UnsafeFileError(layout.live, "is a directory, not a file");
  }
  const { currentIndex: saved } = locked.state;
  if (live.kind === "slot" && saved !== undefined && saved !== live.index) {
    await rememberReaders(locked, [saved, live.index]);
  }
  await settleLinkedSlots(locked);
  await liftOutdatedBlocks(locked);
  await settleHomes(locked);
  await settleLeftovers(locked);
  await finishGrants(locked);
  if (live.kind === "absent") await noticeRemoval(locked, knowsOfRemoval);
  const owner = await settleLiveFile(locked);
  const active = await linkedAccount(locked, saved) ?? saved ?? owner;
  locked.state = { ...locked.state, currentIndex: active };
  const isOff = active !== undefined && isDisabled(locked, active);
  if (active !== undefined && (isOff || locked.doubtful.has(active))) {
    const wasThere = locked.live.kind !== "absent";
    await leave(locked, active);
    const isMoved = wasThere || locked.live.kind !== "absent";
    if (isMoved && !isQuiet) tellOfLeaving(locked, active);
    const isLeft = locked.state.currentIndex !== active;
    if (isOff && !isLeft) locked.state = withoutActive(locked.state, active);
  }
  const { currentIndex } = locked.state;
  if (currentIndex !== undefined) await settleSlot(locked, currentIndex);
  return currentIndex;
}

/**
 * Makes account `index` the one that the CLI reads. What stood in the way is
 * adopted or stashed; the caller has settled before.
 */
export async function activate(locked: Locked, index: number): Promise<void> {
  const { live, notify } = locked;
  const before = live.kind === "slot" ? live.index : locked.state.currentIndex;
  if (live.kind !== "slot" || live.index !== index) {
    if (live.kind === "foreign") {
      notify("oauth_creds.json pointed elsewhere: replaced with our link");
    }
    await settleSlot(locked, index);
    // What is in the link's place was written before it leads to `index`.
    const writers = possibleWriters(locked);
    if (before !== undefined && before !== index) {
      await rememberReaders(locked, [before, index]);
    }
    await putLink(locked, index, writers);
  }
  locked.live = { kind: "slot", index };
  locked.state = { ...locked.state, linked: true, currentIndex: index };
  // A program may have written through the earlier link since we looked.
  const wasLinked = before !== undefined && before !== index &&
    locked.slots.includes(before);
  if (wasLinked) await settleSlot(locked, before);
  await forgetEnded(locked);
}

/** Counts and records a switch that is done. */
export function noteSwitch(
  locked: Locked,
  { from, to, reason }: {
    from: number | undefined;
    to: number;
    reason: string;
  },
): void {
  const time = new Date(locked.now).toISOString();
  locked.state = withSwitch(locked.state, to, time);
  locked.record({
    level: "info",
    event: "account_switch",
    from: from ?? null,
    to,
    reason,
  });
}

/** Tells that the CLI was led away from account `index`, if it was. */
export function tellOfLeaving(locked: Locked, index: number): void {
  const { live, doubtful, state, notify } = locked;
  const name = nameIn(locked, index);
  const why = isDisabled(locked, index) ? "disabled" : "skipped";
  if (live.kind === "slot" && live.index !== index) {
    const isTold = why === "disabled" || doubtful.has(index);
    const passedBy = isTold ? `${name} is ${why}: ` : "";
    const now = state.activeKey === undefined
      ? `${nameIn(locked, live.index)} is the active one now`
      : `plain qwen uses ${nameIn(locked, live.index)} now`;
    notify(passedBy + now);
  } else if (live.kind === "absent") {
    notify(
      `${name} is ${why}, and no other account can be used: ` +
        "removed oauth_creds.json",
    );
  }
}

/** Leads the CLI away from a slot that is disabled, or may miss a newer login. */
async function leave(locked: Locked, index: number): Promise<void> {
  const among = locked.slots;
  for (
    let to: number | undefined;
    (to = await accountInsteadOf(locked, index, { among })) !== undefined;
  ) {
    try {
      await activate(locked, to);
      noteSwitch(locked, { from: index, to, reason: "skipped" });
      return;
    } catch (error) {
      // A newer login of that one has turned up on the way: the next one.
      if (!(error instanceof DoubtfulAccountError)) throw error;
    }
  }
  if (locked.live.kind === "absent") return;
  if (!await isNewestLogin(locked)) return await takeLinkAway(locked);
  // Nobody knows whose login a process reads now; that is on the disk before
  // the records of those that may have written it can be forgotten.
  locked.state = { ...locked.state, currentIndex: undefined };
  await saveState(locked.layout, locked.state);
}

/**
 * Whether a login that may be of several accounts lies in the link's place and
 * none that is stashed is newer. It does no harm there; without it those that
 * run would log in anew.
 */
async function isNewestLogin(
  { layout, slots, live }: Locked,
): Promise<boolean> {
  if (live.kind !== "file") return false;
  const found = await readCredential(layout.live);
  return "bytes" in found && await isNewestDoubtful(layout, slots, found);
}

/** Lets the CLI have no login; one that is in the link's place is brought home. */
export async function takeLinkAway(locked: Locked): Promise<void> {
  const { layout } = locked;
  const writers = possibleWriters(locked);
  const aside = temporaryName(layout.live);
  await runtime.files.rename(layout.live, aside).catch(unlessGone);
  await takeIn(locked, aside, writers);
  locked.live = { kind: "absent" };
  locked.state = { ...locked.state, linked: false };
}

/** Returns the owner of the login in the link's place, if that is proven. */
async function settleLiveFile(locked: Locked): Promise<number | undefined> {
  const { layout, live, slots, notify } = locked;
  if (live.kind !== "file" || slots.length === 0) return undefined;
  await secureFile(layout.live, notify);
  return await copyHome(locked, layout.live);
}

/**
 * The account of the link; for a link that leads nowhere `saved`, the one that
 * was active before, unless the login that it leads to can be put back.
 */
async function linkedAccount(
  locked: Locked,
  saved: number | undefined,
): Promise<number | undefined> {
  const { live } = locked;
  if (live.kind !== "slot") return undefined;
  const isThere = (it: number | undefined) =>
    it !== undefined && locked.slots.includes(it);
  if (!isThere(live.index)) await putBack(locked, live.index);
  return !isThere(live.index) && isThere(saved) ? saved : live.index;
}
