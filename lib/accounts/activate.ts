import { runtime } from "../system/mod.ts";
import type { Locked } from "../vault/locked.ts";
import { isLinked, withLink } from "../disk/layout.ts";
import { temporaryName } from "../disk/names.ts";
import {
  forgetEnded,
  possibleWriters,
  rememberReaders,
} from "../vault/settle/holders.ts";
import { adoptAside, putLink } from "../vault/settle/live_link.ts";
import { settleSlot, unlessGone } from "../vault/settle/settle_slot.ts";

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

/** Counts and records a switch. */
export function noteSwitch(
  locked: Locked,
  { from, to, reason }: {
    from: number | undefined;
    to: number;
    reason: string;
  },
): void {
  locked.ledger.countSwitch(to);
  locked.record({
    level: "info",
    event: "account_switch",
    from: from ?? null,
    to,
    reason,
  });
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
