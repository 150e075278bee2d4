/**
 * Finds logins that the agent wrote into the slot of another account.
 *
 * A program that writes its login in place, instead of renaming a temporary
 * file, writes through the link: into the slot that the link points to at that
 * moment. If the link has moved since the program read its login, that is the
 * slot of another account. Before the link points to a slot, the content of the
 * slot is copied to its generations; so a content that is not among them was
 * written later.
 *
 * @module
 */

import { nameAny, nameIn } from "../account_name.ts";
import { type Found, readSlot } from "./credential_file.ts";
import { listRuns, type Run } from "../settle/runs.ts";
import type { Snapshot } from "../snapshot.ts";
import { findGuess, stashContents, suspectsOf } from "./stash.ts";
import type { Leftover } from "../settle/leftovers.ts";
import { isUncopied } from "./generations.ts";
import { writersThroughLink } from "../settle/holders.ts";
import { findOwner, findSuspects } from "./owner.ts";

/** What shows where the link points, and where it has pointed. */
interface Links extends Pick<Snapshot, "layout" | "slots" | "live" | "state"> {
  /** What killed processes left behind. @default nothing */
  leftovers?: readonly Leftover[];
}

/** Returns the accounts to which the link has pointed since the last save. */
export function linkedAccounts(
  { live, state, slots, leftovers = [] }: Links,
): number[] {
  const links = leftovers.filter((it) => it.kind === "link");
  const linked = new Set([
    state.currentIndex,
    live.kind === "slot" ? live.index : undefined,
    ...links.map((it) => it.slot),
  ]);
  return slots.filter((it) => linked.has(it));
}

/**
 * Returns what was written through the link since the last copy, by account.
 */
async function findUncopied(links: Links): Promise<Map<number, Found>> {
  const found = new Map<number, Found>();
  for (const index of linkedAccounts(links)) {
    const slot = await readSlot(links.layout, index);
    if ("problem" in slot) continue;
    const isNew = await isUncopied(links.layout, index, slot.bytes);
    if (isNew) found.set(index, slot);
  }
  return found;
}

/** A login in the slot of an account to which it is not proven to belong. */
interface WrittenThrough {
  /** The account of the slot. */
  index: number;
  /** The account that it belongs to, if that is proven. */
  owner: number | undefined;
  /** The accounts that it may belong to, if no owner is proven. */
  suspects: number[];
  /** The accounts whose login the program may have had. */
  writers: ReadonlySet<number>;
}

/** A snapshot, and what was written through the link. */
export interface SnapshotWithWritten extends Snapshot {
  /** The logins that the next update will settle. */
  written: readonly WrittenThrough[];
}

/**
 * Examines `slot`, the content of the slot of account `index`. Returns
 * `undefined` unless it was written there through the link and is not proven to
 * belong to the account. It counts as proven if only processes with a login of
 * this account can have written it.
 */
export async function findWrittenThrough(
  place: Links & { runs: readonly Run[] },
  index: number,
  slot: Found,
): Promise<WrittenThrough | undefined> {
  const { layout, slots } = place;
  if (!await isUncopied(layout, index, slot.bytes)) return undefined;
  const others = await findUncopied(place);
  const unproven = new Set(others.keys()).add(index);
  const guess = await findGuess(await stashContents(layout), slot.bytes);
  const writers = writersThroughLink(place, index)
    .union(new Set(guess ? suspectsOf(guess, slots) : []));
  const evidence = { slots, writers, unproven };
  const owner = (await findOwner(layout, slot, evidence))?.index;
  if (owner === index) return undefined;
  const suspects = owner === undefined
    ? await findSuspects(layout, slot, evidence)
    : [];
  // If two slots hold logins of one person, the subject proves nothing.
  const isOnly = writers.size === 1 && suspects.includes(index);
  return isOnly ? undefined : { index, owner, suspects, writers };
}

/**
 * Returns `snapshot` with what was written through the link. The accounts that
 * the next update will make doubtful are doubtful in it already.
 */
export async function withWrittenThrough(
  snapshot: Snapshot,
): Promise<SnapshotWithWritten> {
  const place = { ...snapshot, runs: await listRuns(snapshot.layout) };
  const written: WrittenThrough[] = [];
  for (const [index, slot] of await findUncopied(snapshot)) {
    const found = await findWrittenThrough(place, index, slot);
    if (found) written.push(found);
  }
  const more = new Set(written.flatMap((it) => it.suspects));
  return { ...snapshot, doubtful: snapshot.doubtful.union(more), written };
}

/** Describes what is wrong with such a slot; completes "account N: ...". */
export function describeWritten(
  snapshot: Pick<Snapshot, "layout" | "state">,
  { owner, suspects }: WrittenThrough,
): string {
  const { program } = snapshot.layout.agent;
  const whose = owner !== undefined
    ? `of ${nameIn(snapshot, owner)}`
    : suspects.length > 0
    ? `that may belong to ${nameAny(snapshot, suspects)}`
    : "of an unknown account";
  return `${program} wrote a login ${whose} into its slot`;
}
