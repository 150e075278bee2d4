/**
 * Finds logins that the agent wrote into the slot of another account.
 *
 * A program that writes its login in place, rather than beside the live file
 * and then over it, writes through the link: into the slot that the link leads
 * to at that moment. Where the link has moved since the program read its login,
 * that is the slot of another account. Before the link leads to a slot, its
 * content is among its generations; so what is not was written there later.
 *
 * @module
 */

import { nameAny } from "../account_name.ts";
import type { Found } from "./credential_file.ts";
import { listRuns, type Run } from "../settle/runs.ts";
import type { Snapshot } from "../snapshot.ts";
import { findGuess, stashContents, suspectsOf } from "./stash.ts";
import { findUncopied, isUncopied, type Links } from "./uncopied.ts";
import { writersThroughLink } from "../settle/holders.ts";
import { findOwner, findSuspects } from "./owner.ts";

/** A login in the slot of an account to which it is not proven to belong. */
export interface WrittenThrough {
  /** The account of the slot. */
  index: number;
  /** Whose login it is, if that is proven. */
  owner: number | undefined;
  /** The accounts that it may belong to, if it is not. */
  suspects: number[];
  /** The accounts whose processes may have written it. */
  writers: ReadonlySet<number>;
}

/** A snapshot, and what was written through the link. */
export interface SnapshotWithWritten extends Snapshot {
  /** What waits for the next update. */
  written: readonly WrittenThrough[];
}

/**
 * Says whether `slot`, the content of the slot of account `index`, was written
 * there through the link and is not proven to belong to the account. A login
 * that only a process with a login of this account can have written counts as
 * proven.
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
  // Two slots may hold logins of one person: then the subject proves nothing.
  const isOnly = writers.size === 1 && suspects.includes(index);
  return isOnly ? undefined : { index, owner, suspects, writers };
}

/**
 * Finds what was written through the link and waits for the next update;
 * changes nothing.
 */
async function listWrittenThrough(
  snapshot: Snapshot,
): Promise<WrittenThrough[]> {
  const place = { ...snapshot, runs: await listRuns(snapshot.layout) };
  const all: WrittenThrough[] = [];
  for (const [index, slot] of await findUncopied(snapshot)) {
    const written = await findWrittenThrough(place, index, slot);
    if (written) all.push(written);
  }
  return all;
}

/**
 * Returns `snapshot` with what was written through the link. In it those
 * accounts are doubtful that the next update makes so.
 */
export async function withWrittenThrough(
  snapshot: Snapshot,
): Promise<SnapshotWithWritten> {
  const written = await listWrittenThrough(snapshot);
  const more = new Set(written.flatMap((it) => it.suspects));
  return { ...snapshot, doubtful: snapshot.doubtful.union(more), written };
}

/** What is wrong with such a slot; completes "account N: ...". */
export function describeWritten(
  snapshot: Pick<Snapshot, "layout" | "state">,
  { owner, suspects }: WrittenThrough,
): string {
  const { program } = snapshot.layout.agent;
  const all = owner === undefined ? suspects : [owner];
  const verb = owner === undefined && all.length > 0 ? "may belong" : "belongs";
  const whose = all.length > 0 ? nameAny(snapshot, all) : "an unknown account";
  return `${program} wrote a login into its slot that ${verb} to ${whose}`;
}
