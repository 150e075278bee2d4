import { UNREADABLE } from "../../disk/permissions.ts";
import { nameIn } from "../account_name.ts";
import { runtime } from "../../system/mod.ts";
import { readCredential } from "../logins/credential_file.ts";
import { keepGeneration } from "../logins/generations.ts";
import { isBeginningOf, type Leftover } from "./leftovers.ts";
import { moveFile } from "../../disk/move_file.ts";
import { slotPath } from "../../disk/slot_names.ts";
import type { Locked } from "../locked.ts";
import { adoptFile } from "./adopt.ts";
import { possibleWriters } from "./holders.ts";

/**
 * Brings what killed processes have left under temporary names to its place:
 * first that of the slots, by which the owner of the rest is known.
 */
export async function settleLeftovers(locked: Locked): Promise<void> {
  const isOfSlot = (it: Leftover) => it.slot !== undefined;
  for (const it of locked.leftovers.filter(isOfSlot)) {
    await settleLeftover(locked, it);
  }
  for (const it of locked.leftovers.filter((it) => !isOfSlot(it))) {
    await settleLeftover(locked, it);
  }
}

/**
 * Brings what a killed process has left under a temporary name to its place.
 *
 * A credential under the temporary name of a slot is that slot's: an earlier
 * content, or a new one that did not get there. One that is cut short is a copy
 * that was being written; its original is still in its place. So it is with the
 * live file's, if it begins like that.
 */
async function settleLeftover(
  locked: Locked,
  { path, slot, kind }: Leftover,
): Promise<void> {
  if (kind === "link") return;
  const { layout, slots, live, now, record, notify } = locked;
  const found = await readCredential(path, layout);
  if ("problem" in found && found.problem === UNREADABLE) return;
  if (slot === undefined && await isBeginningOf(layout, path, layout.live)) {
    await runtime.files.remove(path);
  } else if (slot === undefined) {
    const writers = possibleWriters(locked);
    // What we moved was there before the link was; this may be later.
    if (kind === "written" && live.kind === "slot") writers.add(live.index);
    await adoptFile(locked, path, writers);
  } else if ("problem" in found) {
    await runtime.files.remove(path);
  } else if (slots.includes(slot)) {
    await keepGeneration(layout, slot, path, now);
  } else {
    await moveFile(path, slotPath(layout, slot));
    locked.vault.addSlot(slot);
  }
  const reason = "a process was killed in the middle";
  record({
    level: "warn",
    event: "recovered",
    from: null,
    to: slot ?? null,
    reason,
  });
  notify(
    `finished what an earlier command left undone${
      slot === undefined ? "" : ` with ${nameIn(locked, slot)}`
    }`,
  );
}
