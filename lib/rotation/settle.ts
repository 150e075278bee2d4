import { UnsafeFileError } from "../errors.ts";
import { runtime } from "../runtime/mod.ts";
import { checkCredential, MAX_CREDENTIAL_BYTES } from "../store/credential.ts";
import { keepGeneration } from "../store/generations.ts";
import type { Leftover } from "../store/leftovers.ts";
import { pointLiveFile } from "../store/live_file.ts";
import { slotPath } from "../store/slot_names.ts";
import type { Locked } from "../store/update.ts";
import { adoptFile, type Adoption, copyToOwner } from "./adopt.ts";

/**
 * Brings every credential that lies outside the slots to its place, before
 * anything else is done, and returns the active account, if there is one.
 *
 * @throws {UnsafeFileError} If a folder stands in the live file's place.
 */
export async function settle(locked: Locked): Promise<number | undefined> {
  const { layout, live, state } = locked;
  for (const it of locked.leftovers) await settleLeftover(locked, it);
  if (live.kind === "folder") {
    throw new UnsafeFileError(layout.live, "is no file but a folder");
  }
  if (live.kind !== "file") return state.currentIndex;
  const adoption = await copyToOwner(layout, layout.live, locked);
  if (!adoption) return state.currentIndex;
  report(locked, adoption);
  return adoption.index;
}

/**
 * Makes account `index` the one that the CLI reads. What stood in the way is
 * adopted or stashed; the caller has settled before.
 */
export async function activate(locked: Locked, index: number): Promise<void> {
  const { layout, live } = locked;
  if (live.kind === "slot" && live.index === index) return;
  if (live.kind === "foreign") {
    locked.notify("oauth_creds.json is not our link: replaced by it");
  }
  for (const path of await pointLiveFile(layout, index)) {
    report(locked, await adoptFile(layout, path, locked));
  }
}

/**
 * What was under the temporary name of a slot is that slot's: an earlier
 * content, or a new one that did not get there. One that is cut short is a copy
 * that was being written, and its original is still in its place.
 */
async function settleLeftover(
  locked: Locked,
  { path, slot }: Leftover,
): Promise<void> {
  const { layout, slots, now } = locked;
  if (slot === undefined) {
    return report(locked, await adoptFile(layout, path, locked));
  }
  const bytes = await runtime.files.read(path, MAX_CREDENTIAL_BYTES);
  if (!bytes || "problem" in checkCredential(bytes)) {
    await runtime.files.remove(path);
  } else if (slots.includes(slot)) {
    await keepGeneration(layout, slot, path, now);
  } else {
    await runtime.files.rename(path, slotPath(layout, slot));
  }
  locked.notify(
    `account ${slot}: finished what a killed process left half done`,
  );
}

function report(locked: Locked, adoption: Adoption): void {
  const { record, notify } = locked;
  switch (adoption.kind) {
    case "adopted":
      record({
        level: "info",
        event: "credential_adopted",
        from: null,
        to: adoption.index,
        reason: "newer than the slot",
      });
      break;
    case "stashed":
      record({
        level: "warn",
        event: "credential_stashed",
        from: null,
        to: null,
        reason: adoption.problem,
      });
      notify(`oauth_creds.json ${adoption.problem}: kept as ${adoption.path}`);
      break;
    case "known":
    case "empty":
      break;
  }
}
