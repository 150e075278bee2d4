import { parseRecord } from "../../json.ts";
import { runtime, unlessRefused } from "../../system/mod.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { type Move, randomHex } from "../../disk/names.ts";
import { makeFolder } from "../../disk/permissions.ts";

/** The right of one process to refresh an account, while no other one does. */
export interface Lease {
  id: string;
  /** The process that holds it, as `identify` names it, if that is known. */
  process: string | undefined;
  /** When it expires, epoch milliseconds. */
  until: number;
  /** Identifies the login that it is for. @default the present one */
  mark?: string | undefined;
}

interface LeaseOptions {
  now: number;
  /** Its id. @default a new one */
  id?: string | undefined;
  /** How long it lasts, milliseconds. @default 90_000 */
  ms?: number | undefined;
  /**
   * Identifies the login, for a lease under which an agent refreshes it. We
   * write no tokens then, and reserve no disk space.
   *
   * @default we refresh it
   */
  mark?: string | undefined;
}

/** A refresh that succeeded; replaces the lease. */
interface Refreshed {
  at: number;
  /** When the new access token expires, epoch milliseconds. */
  expiresAt: number;
}

/** A refresh that failed; replaces the lease. */
export interface Failed {
  failedAt: number;
  /** When the old access token expires, epoch milliseconds. */
  expiresAt: number;
  /** The kind of failure. */
  code: string;
  /** The failure in words; contains no secret. */
  problem: string;
  /** Where the new tokens are that could not be saved, if there are any. */
  path?: string | undefined;
}

/** What is known about the last refresh of an account. */
export type LastRefresh = Lease | Refreshed | Failed;

/** How long a lease lasts; a request and all waiting before it take less. */
export const LEASE_MS = 90_000;

/**
 * The disk space that a lease reserves, for three copies of a credential and
 * the state: if there is no room for new tokens, none are requested.
 */
const ROOM_BYTES = 128 * 1024;

/** A path has at most 4,096 bytes. */
const MAX_LINE_BYTES = 8 * 1024;

/**
 * Takes the lease of account `index`. The caller holds the lock and has checked
 * that nobody else has the lease.
 *
 * @throws The system's error, if the disk is full; the old tokens stay valid.
 */
export async function takeLease(
  layout: Layout,
  index: number,
  { now, id = randomHex(8), ms = LEASE_MS, mark }: LeaseOptions,
): Promise<Lease> {
  const process = runtime.host.identify(runtime.host.pid);
  const lease = { id, process, until: now + ms, mark };
  await makeFolder(layout.runs);
  await put(layout, index, lease, mark === undefined ? ROOM_BYTES : 0);
  return lease;
}

/** Frees the disk space of `lease`, but keeps it. The caller holds the lock. */
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
 * Removes `lease`, unless another process has taken over. Leaves `failure`, if
 * there is one, in its place for the processes that wait. Does not throw if the
 * disk fails: the caller has a more important result, and a lease expires.
 */
export async function dropLease(
  layout: Layout,
  index: number,
  lease: Pick<Lease, "id">,
  failure?: Failed,
): Promise<void> {
  try {
    if (!isLease(await readLease(layout, index), lease)) return;
    if (failure) await replace(layout, index, failure);
    else await runtime.files.remove(leasePath(layout, index));
  } catch (error) {
    unlessRefused(error);
  }
}

/** Replaces a lease in one step, for readers without the lock. */
async function replace(
  layout: Layout,
  index: number,
  failure: Failed,
): Promise<void> {
  const { files } = runtime;
  const path = leasePath(layout, index);
  const next = `${path}.failed`;
  await files.remove(next); // left by a killed process
  await files.create(next, lineOf(failure), FILE_MODE);
  await files.rename(next, path);
}

/**
 * Whether `lease` may still be held: neither another lease nor the result of
 * another refresh has replaced it. A missing record proves nothing, because the
 * disk may have been full.
 */
export async function mayHold(
  layout: Layout,
  index: number,
  lease: Lease,
): Promise<boolean> {
  const present = await readLease(layout, index);
  return present === undefined || isLease(present, lease);
}

/** Whether nothing has replaced `lease`. */
export function isLease(
  present: LastRefresh | undefined,
  { id }: Pick<Lease, "id">,
): boolean {
  return present !== undefined && "id" in present && present.id === id;
}

/** Renumbers the record of an account. The caller holds the lock. */
export async function renameLease(
  layout: Layout,
  { from, to }: Move,
): Promise<void> {
  const path = leasePath(layout, from);
  if (!await runtime.files.info(path)) return;
  await runtime.files.rename(path, leasePath(layout, to));
}

/** Returns what is known about the last refresh of account `index`. */
export async function readLease(
  layout: Layout,
  index: number,
): Promise<LastRefresh | undefined> {
  const path = leasePath(layout, index);
  const bytes = await runtime.files.readPart(path, 0, MAX_LINE_BYTES)
    .catch(unlessRefused);
  const [line = ""] = new TextDecoder().decode(bytes).split("\n");
  return parse(parseRecord(line));
}

/**
 * Whether a process holds `lease` at `now`: the process may be running, and the
 * lease has not expired and lasts no longer than a correct clock allows.
 */
export function isHeld(
  lease: LastRefresh | undefined,
  now: number,
): lease is Lease {
  return lease !== undefined && "id" in lease &&
    lease.until > now && lease.until - now <= LEASE_MS &&
    (lease.process === undefined || runtime.host.mayBeRunning(lease.process));
}

/** Describes the process of `identity`, a value that `identify` returned. */
export function describeProcess(identity: string | undefined): string {
  const pid = identity?.split("/")[2];
  return pid ? `another process (account-qwen ${pid})` : "another process";
}

/** Returns what a line says; `undefined` if it is cut short. */
function parse(record: Record<string, unknown>): LastRefresh | undefined {
  const { id, process, until, mark, at, failedAt, code, problem } = record;
  const { expiresAt, path } = record;
  if (typeof at === "number" && typeof expiresAt === "number") {
    return { at, expiresAt };
  }
  if (
    typeof failedAt === "number" && typeof code === "string" &&
    typeof problem === "string" && typeof expiresAt === "number"
  ) {
    return { failedAt, expiresAt, code, problem, path: textOf(path) };
  }
  if (typeof id !== "string" || typeof until !== "number") return undefined;
  return { id, process: textOf(process), until, mark: textOf(mark) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Writes a record. A reader sees all of it, a part of it, or nothing. */
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
  // Random bytes, so that the file system cannot compress them.
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

/** `getRandomValues` returns at most this many bytes. */
const MOST_RANDOM_BYTES = 64 * 1024;

function leasePath(layout: Layout, index: number): string {
  return `${layout.runs}/refresh_${index}`;
}
