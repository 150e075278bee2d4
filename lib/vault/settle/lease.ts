import { errorCode, runtime } from "../../system/mod.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { type Move, randomHex } from "../../disk/names.ts";
import { makeFolder } from "../../disk/permissions.ts";

/** That one process, and no other, asks for new tokens of an account. */
export interface Lease {
  /** Its id. */
  id: string;
  /** The process that holds it, as `identify` names it, if that is known. */
  process: string | undefined;
  /** Until when at most, epoch milliseconds. */
  until: number;
}

/** That an account was refreshed: what is left of a lease. */
export interface Refreshed {
  /** When, epoch milliseconds. */
  at: number;
  /** When the new access token expires, epoch milliseconds. */
  expiresAt: number;
}

/** That a refresh of an account failed: what is left of a lease. */
export interface Failed {
  /** When, epoch milliseconds. */
  failedAt: number;
  /** When the access token that it was about expires, epoch milliseconds. */
  expiresAt: number;
  /** What kind of failure that was. */
  code: string;
  /** The same in words; never a secret. */
  problem: string;
  /** Where the new tokens are that could not be saved, if there are any. */
  path?: string | undefined;
}

/** What is known of the last refresh of an account. */
export type LastRefresh = Lease | Refreshed | Failed;

/** A request and all the waiting before it take less. */
export const LEASE_MS = 90_000;

/**
 * What a lease holds ready on the disk, for three copies of a credential and
 * the state: where there is no room for the new tokens, none are asked for.
 */
const ROOM_BYTES = 128 * 1024;

/** A path has at most 4,096 bytes. */
const MAX_LINE_BYTES = 8 * 1024;

/**
 * Takes the lease of account `index`. The caller holds the lock and has looked
 * that nobody else has it.
 *
 * @throws The system's error, if there is no room; the tokens are as they were.
 */
export async function takeLease(
  layout: Layout,
  index: number,
  now: number,
): Promise<Lease> {
  const process = runtime.host.identify(runtime.host.pid);
  const lease = { id: randomHex(8), process, until: now + LEASE_MS };
  await makeFolder(layout.runs);
  await put(layout, index, lease, ROOM_BYTES);
  return lease;
}

/** Gives back the room of `lease`, and holds it on. The caller holds the lock. */
export async function spendRoom(
  layout: Layout,
  index: number,
  lease: Lease,
): Promise<void> {
  await put(layout, index, lease, 0);
}

/** Replaces a lease with its result. The caller holds the lock. */
export async function endLease(
  layout: Layout,
  index: number,
  { at, expiresAt }: Refreshed,
): Promise<void> {
  await put(layout, index, { at, expiresAt }, 0);
}

/**
 * Gives `lease` back, unless another process has taken over, and leaves
 * `failure` in its place, if there is one, for those that wait. Never throws:
 * it is the end of something that matters more, and a lease ends by itself too.
 */
export async function dropLease(
  layout: Layout,
  index: number,
  lease: Lease,
  failure?: Failed,
): Promise<void> {
  try {
    const present = await readLease(layout, index);
    const isOurs = present && "id" in present && present.id === lease.id;
    if (!isOurs) return;
    if (failure) await replace(layout, index, failure);
    else await runtime.files.remove(leasePath(layout, index));
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
  }
}

/**
 * In one step: whoever looks sees the lease or the failure. The caller does not
 * hold the lock, but the lease.
 */
async function replace(
  layout: Layout,
  index: number,
  failure: Failed,
): Promise<void> {
  const { files } = runtime;
  const path = leasePath(layout, index);
  const next = `${path}.failed`;
  await files.remove(next); // of a killed process
  await files.create(next, lineOf(failure), FILE_MODE);
  await files.rename(next, path);
}

/**
 * Whether nothing has taken the place of `lease`: another one, or word of new
 * tokens that came in the meantime. None at all does, where the disk was full.
 */
export async function mayHold(
  layout: Layout,
  index: number,
  lease: Lease,
): Promise<boolean> {
  const present = await readLease(layout, index);
  return present === undefined || "id" in present && present.id === lease.id;
}

/** Gives the record of an account another number. The caller holds the lock. */
export async function renameLease(
  layout: Layout,
  { from, to }: Move,
): Promise<void> {
  const path = leasePath(layout, from);
  if (!await runtime.files.info(path)) return;
  await runtime.files.rename(path, leasePath(layout, to));
}

/** What is known of the last refresh of account `index`. */
export async function readLease(
  layout: Layout,
  index: number,
): Promise<LastRefresh | undefined> {
  try {
    const path = leasePath(layout, index);
    const bytes = await runtime.files.readPart(path, 0, MAX_LINE_BYTES);
    const [line = ""] = new TextDecoder().decode(bytes).split("\n");
    return parse(JSON.parse(line));
  } catch (error) {
    const isCutShort = error instanceof SyntaxError;
    if (isCutShort || errorCode(error) !== undefined) return undefined;
    throw error;
  }
}

/**
 * Whether somebody holds `lease` at `now`: its process may be running, and the
 * end is one that a right clock can have given it.
 */
export function isHeld(
  lease: LastRefresh | undefined,
  now: number,
): lease is Lease {
  return lease !== undefined && "id" in lease &&
    lease.until > now && lease.until - now <= LEASE_MS &&
    (lease.process === undefined || runtime.host.mayBeRunning(lease.process));
}

/** Names the process of `identity`, a value that `identify` returned. */
export function describeProcess(identity: string | undefined): string {
  const pid = identity?.split("/")[2];
  return pid ? `another process (account-qwen ${pid})` : "another process";
}

function parse(value: unknown): LastRefresh | undefined {
  const { id, process, until, at, expiresAt } = Object(value);
  if (typeof at === "number" && typeof expiresAt === "number") {
    return { at, expiresAt };
  }
  const { failedAt, code, problem, path } = Object(value);
  if (
    typeof failedAt === "number" && typeof code === "string" &&
    typeof problem === "string" && typeof expiresAt === "number"
  ) {
    const kept = typeof path === "string" ? path : undefined;
    return { failedAt, expiresAt, code, problem, path: kept };
  }
  if (typeof id !== "string" || typeof until !== "number") return undefined;
  const name = typeof process === "string" ? process : undefined;
  return { id, process: name, until };
}

/** A reader sees the whole of it, nothing, or what is cut short. */
async function put(
  layout: Layout,
  index: number,
  record: Lease | Refreshed,
  roomBytes: number,
): Promise<void> {
  const path = leasePath(layout, index);
  const line = lineOf(record);
  const bytes = new Uint8Array(line.length + roomBytes);
  bytes.set(line);
  // Random, so that the disk cannot compress it.
  for (let at = line.length; at < bytes.length; at += MOST_RANDOM_BYTES) {
    crypto.getRandomValues(bytes.subarray(at, at + MOST_RANDOM_BYTES));
  }
  await runtime.files.remove(path);
  try {
    await runtime.files.create(path, bytes, FILE_MODE);
  } catch (error) {
    await runtime.files.remove(path);
    throw error;
  }
}

function lineOf(record: LastRefresh): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(record)}\n`);
}

/** `getRandomValues` gives no more at a time. */
const MOST_RANDOM_BYTES = 64 * 1024;

function leasePath(layout: Layout, index: number): string {
  return `${layout.runs}/refresh_${index}`;
}
