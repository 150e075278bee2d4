import { runtime } from "../system/mod.ts";
import type { Locked } from "../vault/locked.ts";
import { temporaryName } from "../disk/names.ts";
import {
  forgetEnded,
  possibleWriters,
  rememberReaders,
} from "../vault/settle/holders.ts";
import { adoptAside, putLink } from "../vault/settle/put_link.ts";
import { settleSlot, unlessGone } from "../vault/settle/settle_slot.ts";

/**
 * Makes account `index` the one that the agent reads. What was in the link's
 * place is adopted or stashed.
 */
export async function activate(locked: Locked, index: number): Promise<void> {
  const { layout, live, notify } = locked;
  const before = live.kind === "slot" ? live.index : locked.state.currentIndex;
  if (live.kind !== "slot" || live.index !== index) {
    if (live.kind === "foreign") {
      const { file } = layout.agent.login;
      notify(`${file} pointed elsewhere: replaced with our link`);
    }
    await settleSlot(locked, index);
    // What is in the link's place was written before it leads to `index`.
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

/** Counts and records a switch that is done. */
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
export async function takeLinkAway(locked: Locked): Promise<void> {
  const { layout } = locked;
  const writers = possibleWriters(locked);
  const aside = temporaryName(layout.live);
  await runtime.files.rename(layout.live, aside).catch(unlessGone);
  await adoptAside(locked, aside, writers);
  locked.vault.unlink();
}
