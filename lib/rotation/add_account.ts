import { InvalidCredentialError } from "../errors.ts";
import { writeSlot } from "../store/slots.ts";
import type { Change, Locked } from "../store/update.ts";
import { copyToOwner, readFound } from "./adopt.ts";
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
): Promise<Change<AddResult>> {
  const { layout, slots, now } = locked;
  const source = path ?? layout.live;
  const current = await settle(locked);
  const found = await readFound(source);
  if ("problem" in found) {
    throw new InvalidCredentialError(source, `it ${found.problem}`);
  }
  const known = await copyToOwner(layout, source, locked);
  const index = known?.index ?? Math.max(0, ...slots) + 1;
  const grown = known ? slots : [...slots, index];
  if (!known) {
    await writeSlot(layout, index, found.bytes, now);
    const reason = path ? "imported from a file" : "was the live file";
    const event = "account_added";
    locked.record({ level: "info", event, from: null, to: index, reason });
  }
  const active = path && current !== undefined ? current : index;
  if (active === index) await activate({ ...locked, slots: grown }, index);
  return {
    state: {
      ...locked.state,
      currentIndex: active,
      totalAccounts: grown.length,
    },
    result: { index, added: !known },
  };
}
