import { InvalidCredentialError } from "../errors.ts";
import { readCredential } from "../store/credential_file.ts";
import { writeSlot } from "../store/slots.ts";
import { withoutBlock } from "../store/state.ts";
import type { Locked } from "../store/update.ts";
import { possibleWriters } from "./holders.ts";
import { findOwner } from "./owner.ts";
import { activate, settle } from "./settle.ts";

/** What came of adding an account. */
export interface AddResult {
  /** The account that holds the credential now. */
  index: number;
  /** Whether it is a new account, rather than one that was there. */
  added: boolean;
}

/**
 * Adds the credential file at `path` as a new account with the next higher
 * number; without a path the live file, which becomes a link to it.
 *
 * @throws {InvalidCredentialError} If it is none.
 */
export async function addAccount(
  locked: Locked,
  path?: string,
): Promise<AddResult> {
  const { layout, slots, now } = locked;
  const source = path ?? layout.live;
  const found = await readCredential(source);
  if ("problem" in found) {
    throw new InvalidCredentialError(source, `it ${found.problem}`);
  }
  // A file from elsewhere was not written by a process that has our logins.
  const writers = path ? new Set<number>() : possibleWriters(locked);
  const owner = await findOwner(layout, found, { slots, writers });
  const known = [...slots, ...locked.leftovers.map((it) => it.slot ?? 0)];
  const index = owner?.index ?? Math.max(0, ...known) + 1;
  if (!owner || owner.age === "newer") {
    await writeSlot(layout, index, found.bytes, now);
    locked.state = withoutBlock(locked.state, index);
  }
  if (!owner) {
    locked.slots = [...slots, index];
    const reason = path ? "imported from a file" : "was the live file";
    const event = "account_added";
    locked.record({ level: "info", event, from: null, to: index, reason });
  }
  const current = await settle(locked);
  if (!path || current === undefined) await activate(locked, index);
  return { index, added: !owner };
}
