import { nameIn } from "../../vault/account_name.ts";
import { hasCode } from "../../errors.ts";
import { noSuchAccount } from "../../common_errors.ts";
import { messageOf } from "../../system/message_of.ts";
import { runtime, type SignalName } from "../../system/mod.ts";
import { sameBytes } from "../../disk/bytes.ts";
import { type Found, readSlot } from "../../vault/logins/credential_file.ts";
import { keepGeneration } from "../../vault/logins/generations.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import {
  endLease,
  type Lease,
  mayHold,
  spendRoom,
} from "../../vault/settle/lease.ts";
import {
  allAccounts,
  basename,
  slotPath,
  temporaryName,
} from "../../disk/names.ts";
import { stashFile } from "../../vault/logins/stash.ts";
import type { Locked } from "../../vault/locked.ts";
import { type Notify, realSystem, type System } from "../../system/system.ts";
import { putGranted, rescue } from "../../vault/settle/grants.ts";
import { unsavedTokens } from "./refresh_failure.ts";
import { switchAccount } from "../activate.ts";

/** Gives others time to make room on the disk or to release the lock. */
const MOST_TRIES = 5;
const PAUSE_MS = 1_000;

/** Whether `error` means that trying again is useless. */
function isDecision(error: unknown): boolean {
  return hasCode(
    error,
    "invalid-credential",
    "no-such-account",
    "account-removed",
    "wrong-owner",
  );
}

const INTERRUPTS: readonly SignalName[] = ["SIGHUP", "SIGINT", "SIGTERM"];

/** A signal arrives within this time, unless somebody else handles it. */
const DELIVERY_MS = 1_000;

/**
 * Delays interrupts of our process until disposed of: what the service granted
 * must be on the disk first. Calls `onHeld` at the first interrupt, so that the
 * user knows why the process waits, and sends that interrupt again at the end.
 */
export function holdInterrupts(onHeld: () => void): AsyncDisposable {
  let held: SignalName | undefined;
  const handlers = new DisposableStack();
  for (const signal of INTERRUPTS) {
    const hold = () => {
      if (held === undefined) onHeld();
      held ??= signal;
    };
    handlers.use(runtime.host.onSignal(signal, hold));
  }
  return {
    async [Symbol.asyncDispose]() {
      handlers.dispose();
      if (held === undefined) return;
      runtime.host.kill(runtime.host.pid, held);
      // The signal arrives a moment later; nothing more must happen until then.
      await realSystem.sleep(DELIVERY_MS);
    },
  };
}

/** How to save new tokens, of which there is no other copy. */
export interface SaveOptions {
  /** The folder where they belong. */
  layout: Layout;
  /** The account, if it exists. */
  index?: number | undefined;
  /** The name of the account. */
  name?: string | undefined;
  /** Called with failures. */
  notify: Notify;
  /** The clock, and the environment, which names other folders. */
  system: Pick<System, "env" | "sleep">;
}

/**
 * Calls `save` up to a few times, until it succeeds. Then writes `bytes` to
 * another folder, so that nothing that the service granted is lost.
 *
 * @throws {FileError} If saving fails; says where the tokens are.
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
 * Saves the new tokens `bytes` of account `index` in its slot instead of `old`,
 * and returns the result. If somebody else has changed the slot meanwhile, that
 * login stays if it expires later, or if it also ended our lease, as a new
 * login does. Then the new tokens become a generation.
 *
 * @throws {AccountError} If the account was removed in the meantime; then the
 * tokens are in the stash.
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
    const file = basename(await stashFile(layout, written, { now }));
    const name = nameIn(locked, index);
    locked.notify(
      `${name} was removed meanwhile: its new tokens are in the stash as ${file}`,
    );
    throw noSuchAccount(index, allAccounts(locked), { wasRemoved: true });
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
  if (!stays) {
    const reason = `its token expires ${new Date(end).toISOString()}`;
    locked.record({ event: "refreshed", to: index, reason });
  }
  const at = locked.clock();
  if (isOurs) await endLease(layout, index, { at, expiresAt: end });
  return { refreshed: !stays, expiresAt: end };
}

/** Restores the link: a login that the agent put in its place is older now. */
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
