import { hasCode } from "../errors.ts";
import { readCredential } from "../vault/logins/credential_file.ts";
import { isNewestDoubtful } from "../vault/logins/doubt.ts";
import type { Locked } from "../vault/locked.ts";
import { nameIn } from "../vault/account_name.ts";
import { activate, noteSwitch, takeLinkAway } from "./activate.ts";
import { isDisabled } from "../vault/block.ts";
import { accountInsteadOf } from "./pick.ts";

/**
 * Leaves `active`, the account that is active, if it is disabled or may miss a
 * newer login; says so unless the caller tells it.
 */
export async function leaveUnusable(
  locked: Locked,
  active: number,
  isTold: boolean,
): Promise<void> {
  const isOff = isDisabled(locked, active);
  if (!isOff && !locked.doubtful.has(active)) return;
  const wasThere = locked.live.kind !== "absent";
  await leaveAccount(locked, active);
  const isMoved = wasThere || locked.live.kind !== "absent";
  if (isMoved && !isTold) tellOfLeaving(locked, active);
  const isLeft = locked.state.currentIndex !== active;
  if (isOff && !isLeft) locked.vault.deactivate(active);
}

/** Leaves account `index`, which is disabled or may miss a newer login. */
export async function leaveAccount(
  locked: Locked,
  index: number,
): Promise<void> {
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
      if (!hasCode(error, "doubtful")) throw error;
    }
  }
  if (locked.live.kind === "absent") return;
  if (!await isNewestLogin(locked)) return await takeLinkAway(locked);
  // Nobody knows whose login a process reads now; that is on the disk before
  // the records of those that may have written it can be forgotten.
  locked.vault.rememberLinked(undefined);
  await locked.save();
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
  const found = await readCredential(layout.live, layout);
  return "bytes" in found && await isNewestDoubtful(layout, slots, found);
}

/** Tells the user that account `index` was left, if it was. */
export function tellOfLeaving(locked: Locked, index: number): void {
  const { live, doubtful, state, notify } = locked;
  const name = nameIn(locked, index);
  const why = isDisabled(locked, index) ? "disabled" : "skipped";
  if (live.kind === "slot" && live.index !== index) {
    const isTold = why === "disabled" || doubtful.has(index);
    const passedBy = isTold ? `${name} is ${why}: ` : "";
    const now = state.activeKey === undefined
      ? `${nameIn(locked, live.index)} is the active one now`
      : `plain ${locked.layout.agent.program} uses ${
        nameIn(locked, live.index)
      } now`;
    notify(passedBy + now);
  } else if (live.kind === "absent") {
    notify(
      `${name} is ${why}, and no other account can be used: ` +
        `removed ${locked.layout.agent.login.file}`,
    );
  }
}
