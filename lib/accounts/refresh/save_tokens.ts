import { nameIn } from "../../vault/account_name.ts";
import { hasCode } from "../../errors.ts";
import { noSuchAccount } from "../../common_errors.ts";
import { messageOf } from "../../system/message_of.ts";
import { runtime } from "../../system/mod.ts";
import { sameBytes } from "../../disk/bytes.ts";
import type { Found } from "../../vault/logins/credential_file.ts";
import { keepGeneration } from "../../vault/logins/generations.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import {
  endLease,
  type Lease,
  mayHold,
  spendRoom,
} from "../../vault/settle/lease.ts";
import { basename, temporaryName } from "../../disk/names.ts";
import { allAccounts, slotPath } from "../../disk/slot_names.ts";
import { readSlot } from "../../vault/logins/slots.ts";
import { stashFile } from "../../vault/logins/stash.ts";
import type { Locked } from "../../vault/locked.ts";
import type { Notify, System } from "../../system/system.ts";
import { putGranted } from "../../vault/settle/put_granted.ts";
import { unsavedTokens } from "./refresh_failure.ts";
import { rescue } from "../../vault/settle/rescue.ts";
import { switchAccount } from "../switch_account.ts";

/** What a disk needs to become free, or another process to let go of a lock. */
const MOST_TRIES = 5;
const PAUSE_MS = 1_000;

/** Whether `error` says that the tokens are not wanted. */
function isDecision(error: unknown): boolean {
  return hasCode(
    error,
    "invalid-credential",
    "no-such-account",
    "account-removed",
    "wrong-owner",
  );
}

/** How to save new tokens, which are nowhere else. */
export interface SaveOptions {
  /** Where they belong. */
  layout: Layout;
  /** The account, if it is one that is there. */
  index?: number | undefined;
  /** What that is called. */
  name?: string | undefined;
  /** Hears of failures. */
  notify: Notify;
  /** The clock, and where there may be room. */
  system: Pick<System, "env" | "sleep">;
}

/**
 * Calls `save` until it goes well, a few times; after that puts `bytes` into
 * another folder, so that nothing that the service has granted is lost.
 *
 * @throws {FileError} If it never does; says where they are.
 */
export async function saveOrRescue<T>(
  bytes: Uint8Array,
  save: () => Promise<T>,
  { layout, index, name, notify, system }: SaveOptions,
): Promise<T> {
  for (let tries = 1;; tries++) {
    try {
      return await save();
    } catch (error) {
      if (isDecision(error)) throw error;
      const reason = messageOf(error);
      if (tries === MOST_TRIES) {
        const path = await rescue(layout, bytes, { index, system });
        const why = { path, problem: reason, cause: error };
        throw unsavedTokens({ index, name }, why);
      }
      if (tries === 1) {
        const whose = name === undefined ? "" : ` of ${name}`;
        notify(`cannot save the new tokens${whose} yet: ${reason}`);
      }
      await system.sleep(PAUSE_MS);
    }
  }
}

/**
 * Puts the new tokens `bytes` of account `index` into its slot, in the place of
 * `old`, and returns what it has then. What somebody else has put there since
 * stays if it ends later, or if our lease was ended with it, as by a new login;
 * the tokens are a generation then.
 *
 * @throws {AccountError} If the account was removed in the meantime; the
 * tokens are in the stash then.
 */
export async function putTokens(
  locked: Locked,
  index: number,
  { bytes, expiresAt, old, lease }: {
    bytes: Uint8Array;
    expiresAt: number;
    old: Found;
    lease: Lease;
  },
): Promise<{ refreshed: boolean; expiresAt: number }> {
  const { layout, now } = locked;
  const isOurs = await mayHold(layout, index, lease);
  const slot = await readSlot(layout, index);
  const isSaved = "bytes" in slot && sameBytes(slot.bytes, bytes);
  if (!isSaved && isOurs) await spendRoom(layout, index, lease);
  if (!isSaved && !locked.slots.includes(index)) {
    const written = await write(layout, index, bytes);
    const name = basename(await stashFile(layout, written, { now }));
    locked.notify(
      `${
        nameIn(locked, index)
      } was removed meanwhile: its new tokens are in the stash ` +
        `as ${name}`,
    );
    const present = allAccounts(locked);
    throw noSuchAccount(index, present, { wasRemoved: true });
  }
  const isOther = "credential" in slot && !isSaved &&
    !sameBytes(slot.bytes, old.bytes);
  const stays = isOther && (!isOurs || slot.credential.expiresAt > expiresAt);
  const end = stays ? slot.credential.expiresAt : expiresAt;
  if (stays) {
    await keepGeneration(layout, index, await write(layout, index, bytes), now);
  } else if (!isSaved) {
    await putGranted(locked, index, bytes);
  }
  await relink(locked, index);
  if (!stays) noteRefresh(locked, index, end);
  const at = locked.clock();
  if (isOurs) await endLease(layout, index, { at, expiresAt: end });
  return { refreshed: !stays, expiresAt: end };
}

function noteRefresh(locked: Locked, index: number, expiresAt: number): void {
  locked.record({
    level: "info",
    event: "refreshed",
    from: null,
    to: index,
    reason: `its token expires ${new Date(expiresAt).toISOString()}`,
  });
}

/** What the agent has put into the link's place is the older one now. */
async function relink(locked: Locked, index: number): Promise<void> {
  const { live, state, doubtful } = locked;
  const isInTheWay = live.kind === "file" || live.kind === "absent";
  if (!isInTheWay || state.currentIndex !== index) return;
  if (doubtful.has(index) || !locked.slots.includes(index)) return;
  if (state.activeKey !== undefined) return;
  await switchAccount(locked, { from: index, to: index, reason: "refreshed" });
}

async function write(
  layout: Layout,
  index: number,
  bytes: Uint8Array,
): Promise<string> {
  const temporary = temporaryName(slotPath(layout, index));
  await runtime.files.create(temporary, bytes, FILE_MODE);
  return temporary;
}
