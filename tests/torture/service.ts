/**
 * A service with single-use refresh tokens, which revokes the whole family of
 * a token that is used twice; and the oracle that knows what was written
 * where. Both are one JSON file with its own lock, so that any process can ask.
 *
 * If a family is revoked, account-qwen is to blame if whoever sent the old
 * token had *read it from the live file after* a newer pair of the same account
 * had been *written* there: then we have led the agent to a stale login. If the
 * newer pair was written later, the agent has raced with itself: two of its
 * processes had the same login, which also happens without us. Nobody is to
 * blame if the newest pair was granted to an account-qwen that was killed
 * before it could write it.
 *
 * @module
 */

import type { Kept } from "./kept.ts";
import { readText } from "./read_text.ts";
import { namePair, type Pair } from "./tokens.ts";

/** What is known of one account. */
export interface Family {
  /** The number of the newest pair that was granted. */
  granted: number;
  /**
   * The number of the newest pair that was written; -1 if none must be kept.
   */
  written: number;
  /**
   * The number of the newest pair that was written where the agent reads, or
   * that account-qwen had the time to put there; -1 for none.
   */
  placed: number;
  /** Whether the service has revoked it. */
  revoked: boolean;
  /** Whether its newest pair was overwritten or removed by the agent itself. */
  clobbered: boolean;
  /** Whether the user has ever asked for an older pair with `restore`. */
  excused: boolean;
  /**
   * The number of the last pair that was granted to account-qwen; -1 for none.
   */
  ours: number;
}

/** What the service and the oracle know. */
export interface World {
  /** By account. */
  families: Record<string, Family>;
  /** Whether the agent has removed the live file. */
  removed: boolean;
  /** How often the agent has refreshed a login. */
  refreshes: number;
  /** How often account-qwen itself has refreshed a login. */
  ourRefreshes: number;
  /** Families revoked because the agent raced with itself. */
  races: number;
  /** Families whose newest pair was lost with a killed process. */
  unsaved: number;
  /** Families revoked after the user had restored an older pair. */
  asked: number;
  /** Families revoked through our fault, one line each. */
  faults: string[];
  /** The last actions, one line each. */
  trace: string[];
}

/** How many actions to remember. */
const TRACE_LINES = 60;

/** Makes a service with `owners`, each of which has its first pair. */
export function makeWorld(path: string, owners: readonly string[]): void {
  const world: World = {
    families: {},
    removed: false,
    refreshes: 0,
    ourRefreshes: 0,
    races: 0,
    unsaved: 0,
    asked: 0,
    faults: [],
    trace: [],
  };
  for (const owner of owners) world.families[owner] = newFamily(0);
  Deno.writeTextFileSync(path, JSON.stringify(world));
}

/** A family with one pair; `written` is -1 until that pair must be kept. */
export function newFamily(written: -1 | 0): Family {
  return {
    granted: 0,
    written,
    placed: written,
    revoked: false,
    clobbered: false,
    excused: false,
    ours: -1,
  };
}

/** Runs `action` while nobody else reads or writes, then saves its changes. */
export function inWorld<T>(path: string, action: (world: World) => T): T {
  using lock = Deno.openSync(`${path}.lock`, { write: true, create: true });
  lock.lockSync(true);
  const world: World = JSON.parse(Deno.readTextFileSync(path));
  const result = action(world);
  // The process that does this may be killed at any moment.
  Deno.writeTextFileSync(`${path}.new`, JSON.stringify(world));
  Deno.renameSync(`${path}.new`, path);
  return result;
}

/** A pair in the memory of an agent. */
export interface HeldPair extends Pair {
  /** Whether a newer pair was placed before this one was read. */
  stale: boolean;
}

/** Notes that `pair` was read from the live file. */
export function noteRead(world: World, pair: Pair): HeldPair {
  note(world, `reads ${namePair(pair)}`);
  const placed = world.families[pair.owner]?.placed ?? -1;
  return { ...pair, stale: pair.number < placed };
}

/** Grants the next pair. For a used token, revokes the family: `undefined`. */
export function refresh(
  world: World,
  held: HeldPair,
  by: "us" | "the CLI" = "the CLI",
): Pair | undefined {
  const family = world.families[held.owner];
  if (!family) throw new Error(`${held.owner} is unknown`);
  note(world, `presents ${namePair(held)}`);
  if (family.revoked) return undefined;
  if (held.number === family.granted) {
    const number = ++family.granted;
    if (by === "us") family.ours = number;
    if (by === "us") world.ourRefreshes++;
    else world.refreshes++;
    return { owner: held.owner, number };
  }
  family.revoked = true;
  const isUnsaved = family.ours === family.granted &&
    family.written < family.granted;
  if (isUnsaved && !held.stale) world.unsaved++;
  else if (!held.stale) world.races++;
  else if (family.excused || family.clobbered) world.asked++;
  else {
    world.faults.push(
      `${namePair(held)} was read after ${held.owner}-${family.placed} was ` +
        `written (granted: ${family.granted})`,
    );
  }
  return undefined;
}

/**
 * Notes that `pair` has replaced `replaced`, the text of the live file if that
 * was not a link; `pair` is `undefined` if the agent removed the file.
 */
export function noteWritten(
  world: World,
  pair: Pair | undefined,
  replaced: Pair | undefined,
): void {
  const what = pair ? `writes ${namePair(pair)}` : "removes the live file";
  note(world, replaced ? `${what} over ${namePair(replaced)}` : what);
  if (replaced && replaced.owner !== pair?.owner) {
    const family = world.families[replaced.owner];
    if (family && replaced.number === family.written) family.clobbered = true;
  }
  world.removed = pair === undefined;
  const family = pair && world.families[pair.owner];
  if (!family) return;
  family.written = Math.max(family.written, pair.number);
  family.placed = Math.max(family.placed, pair.number);
  family.clobbered = false;
}

/**
 * Notes that each pair of `kept`, which is on the disk, must be kept. If
 * account-qwen is not `done`, because it was killed between its first write and
 * the slot, only pairs in a slot or in the live file count as placed.
 */
export function noteSaved(
  { families }: World,
  kept: readonly Pick<Kept, "pair" | "place">[],
  { done }: { done: boolean },
): void {
  for (const { pair, place } of kept) {
    const family = pair && families[pair.owner];
    // A pair that was never written is not imported yet.
    if (!family || family.written < 0) continue;
    family.written = Math.max(family.written, pair.number);
    if (!done && place !== "slots" && place !== "live") continue;
    family.placed = Math.max(family.placed, pair.number);
  }
}

/** The content of the live file, if it is a file and not a link. */
export function unlinkedText(live: string): string | undefined {
  try {
    if (!Deno.lstatSync(live).isFile) return undefined;
  } catch {
    return undefined;
  }
  return readText(live);
}

/** Notes what a process does, for the trace. */
export function note(world: World, text: string): void {
  const time = new Date().toISOString().slice(14, 23);
  world.trace.push(`${time} process ${Deno.pid} ${text}`);
  world.trace.splice(0, world.trace.length - TRACE_LINES);
}
