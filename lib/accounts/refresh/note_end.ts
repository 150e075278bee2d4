import { nameIn } from "../../vault/account_name.ts";
import type { Asked } from "../../oauth/errors.ts";
import { messageOf } from "../../system/message_of.ts";
import { sameBytes } from "../../disk/bytes.ts";
import type { Found } from "../../vault/logins/credential_file.ts";
import { listHistory } from "../../vault/settle/guess.ts";
import type { Layout } from "../../disk/layout.ts";
import type { Locked } from "../../vault/locked.ts";
import type { Notify, System } from "../../system/system.ts";
import {
  blockAccount,
  LOGIN_NEEDED,
  requireNoDoubt,
} from "../../vault/block.ts";
import { requireLogin } from "../secret_of.ts";
import { putGranted } from "../../vault/settle/put_granted.ts";
import { update } from "../update.ts";

/** How to note that a login has ended. */
export interface NoteEndOptions {
  /** Hears of repairs, and of what goes wrong. */
  notify: Notify;
  /** How long to wait for the lock, milliseconds. @default 30_000 */
  lockTimeoutMs?: number | undefined;
  /** The clock. */
  system: Pick<System, "now" | "elapsed" | "sleep">;
}

/**
 * Makes rotation skip account `index`, whose login `old` was refused, unless it
 * has another login by now, or a later generation, which is put into the slot;
 * returns that login. Does not throw if nothing can be written: that the login
 * is dead is the more important news.
 */
export async function noteEnd(
  layout: Layout,
  { index, name }: Asked,
  old: Found,
  options: NoteEndOptions,
): Promise<Found | undefined> {
  try {
    return await update(layout, {
      async change(locked) {
        const since = await otherLogin(locked, index, old) ??
          await takeLater(locked, index, old);
        if (!since) blockAccount(locked, index, LOGIN_NEEDED);
        return since;
      },
    }, options);
  } catch (error) {
    const reason = messageOf(error);
    options.notify(`cannot note that ${name} needs a new login: ${reason}`);
    return undefined;
  }
}

/** The login of account `index`, if it is not `old` by now. */
export async function otherLogin(
  locked: Locked,
  index: number,
  old: Found,
): Promise<Found | undefined> {
  const present = await loginOf(locked, index);
  return sameBytes(present.bytes, old.bytes) ? undefined : present;
}

/** Takes the last of the kept logins that `old`, in the slot, is older than. */
async function takeLater(
  locked: Locked,
  index: number,
  { credential }: Found,
): Promise<Found | undefined> {
  const history = await listHistory(locked.layout, index);
  const [later] = history.filter((it) =>
    it.guess === undefined &&
    it.credential.refreshToken !== credential.refreshToken &&
    it.credential.expiresAt > credential.expiresAt
  ).sort((a, b) => b.credential.expiresAt - a.credential.expiresAt);
  if (!later) return undefined;
  await putGranted(locked, index, later.bytes);
  const reason = "its login was refused; a later one was kept";
  const level = "warn";
  locked.record({ level, event: "recovered", from: null, to: index, reason });
  locked.notify(
    `${
      nameIn(locked, index)
    }: its login was refused; a later one that was kept replaces it`,
  );
  return later;
}

/**
 * The login of account `index`.
 *
 * @throws {AccountError} If no OAuth account has that number.
 * @throws {LoginNeededError} If the stash may have a newer login of it.
 * @throws {FileError} If its slot does not contain a login.
 */
export async function loginOf(locked: Locked, index: number): Promise<Found> {
  requireNoDoubt(locked, index);
  return await requireLogin(locked, index);
}
