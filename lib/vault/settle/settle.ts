import { unsafeFile } from "../../common_errors.ts";
import type { Locked } from "../locked.ts";
import { secureFile } from "../../disk/permissions.ts";
import { adoptCopy, type Unowned } from "./adopt.ts";
import { liftOutdatedBlocks } from "../block.ts";
import { rememberReaders } from "./holders.ts";
import { putBack } from "./put_back.ts";
import { finishGrants } from "./put_granted.ts";
import { noticeRemoval } from "./removal.ts";
import { settleHomes } from "../homes/settle_homes.ts";
import { settleLeftovers } from "./settle_leftover.ts";
import { settleLinkedSlots } from "./settle_slot.ts";

/** How to settle. */
export interface SettleOptions {
  /** What becomes of a login of no known account. @default a copy is stashed */
  unowned?: Unowned | undefined;
  /**
   * Whether the caller tells why the live file is gone, if it is.
   *
   * @default false
   */
  tellsOfRemoval?: boolean | undefined;
}

/**
 * Brings every credential that lies outside the slots to its place, before an
 * update does anything else; returns the account that the link is for, or
 * that was active before.
 *
 * @throws {FileError} If a folder stands in the live file's place.
 */
export async function settle(
  locked: Locked,
  { unowned, tellsOfRemoval = false }: SettleOptions = {},
): Promise<number | undefined> {
  const { layout, live } = locked;
  if (live.kind === "folder") {
    throw unsafeFile(layout.live, "is a directory, not a file");
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
  if (live.kind === "absent") await noticeRemoval(locked, tellsOfRemoval);
  const owner = await settleLiveFile(locked, unowned);
  const active = await linkedAccount(locked, saved) ?? saved ?? owner;
  locked.vault.rememberLinked(active);
  return active;
}

/**
 * Returns the owner of the login in the link's place, if that is proven.
 * Without any slot it is left alone, unless the caller wants it.
 */
async function settleLiveFile(
  locked: Locked,
  unowned: Unowned | undefined,
): Promise<number | undefined> {
  const { layout, live, slots, notify } = locked;
  if (live.kind !== "file") return undefined;
  if (slots.length === 0 && !unowned) return undefined;
  await secureFile(layout.live, notify);
  return await adoptCopy(locked, layout.live, unowned);
}

/**
 * The account of the link; for a broken link `saved`, the account that was
 * active before, unless the login that it leads to can be restored.
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
