import { DoubtfulAccountError, MissingAccountError } from "../errors.ts";
import { secureFile } from "../store/permissions.ts";
import { slotPath } from "../store/slot_names.ts";
import { withoutBlock } from "../store/state.ts";
import type { Locked } from "../store/update.ts";
import { needsLogin } from "./block.ts";
import { activate, moveOn } from "./settle.ts";

/** What came of asking for a switch. */
export interface SwitchResult {
  /** Whether this call moved the link to another account. */
  switched: boolean;
  /** The account that was active before the call. */
  from: number | undefined;
  /** The account that is active now. */
  to: number;
}

/**
 * Makes `to` the active account instead of `from`; counts and records it as a
 * switch if they differ. The caller has settled before.
 */
export async function switchAccount(
  locked: Locked,
  { from, to, reason }: {
    from: number | undefined;
    to: number;
    reason: string;
  },
): Promise<SwitchResult> {
  await secureFile(slotPath(locked.layout, to), locked.notify);
  if (from === to) await activate(locked, to);
  else await moveOn(locked, { from, to, reason });
  return { switched: from !== to, from, to };
}

/**
 * Makes sure that account `index` is there.
 *
 * @throws {MissingAccountError} If it is not; names those that are.
 */
export function requireAccount({ slots }: Locked, index: number): void {
  if (!slots.includes(index)) throw new MissingAccountError(index, slots);
}

/**
 * Lets account `index` be used again, as the user has asked for it. One that
 * needs a login is passed by by all others until it has one.
 *
 * @throws {DoubtfulAccountError} If the stash may have a newer login of it.
 */
export function allowAccount(locked: Locked, index: number): void {
  if (locked.doubtful.has(index)) throw new DoubtfulAccountError(index);
  if (!needsLogin(locked, index)) {
    locked.state = withoutBlock(locked.state, index);
  }
}
