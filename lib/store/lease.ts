import { errorCode, runtime } from "../runtime/mod.ts";
import { FILE_MODE, type Layout } from "./layout.ts";
import { randomHex } from "./names.ts";
import { makeFolder } from "./permissions.ts";

/** That one process, and no other, asks for new tokens of an account. */
export interface Lease {
  /** Its id. */
  id: string;
  /** The process that holds it, as `identify` names it, if that is known. */
  process: string | undefined;
  /** Until when at most, epoch milliseconds. */
  until: number;
}

/** That the tokens of an account were refreshed: what is left of a lease. */
export interface Refreshed {
  /** When, epoch milliseconds. */
  at: number;
  /** When the new access token ends, epoch milliseconds. */
  expiresAt: number;
}

/** A request and all the waiting before it take less. */
export const LEASE_MS = 90_000;

/**
 * What a lease holds ready on the disk, for three copies of a credential and
 * the state: where there is no room for the new tokens, none are asked for.
 */
const ROOM_BYTES = 128 * 1024;

const MAX_LINE_BYTES = 512;

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

/** Puts what came of it into the place of a lease. The caller holds the lock. */
export async function endLease(
  layout: Layout,
  index: number,
  { at, expiresAt }: Refreshed,
): Promise<void> {
  await put(layout, index, { at, expiresAt }, 0);
}

/** Gives `lease` back, unless another process has taken over. */
export async function dropLease(
  layout: Layout,
  index: number,
  lease: Lease,
): Promise<void> {
  const present = await readLease(layout, index);
  if (present && "id" in present && present.id === lease.id) {
    await runtime.files.remove(leasePath(layout, index));
  }
}

/** What is known of the last refresh of account `index`. */
export async function readLease(
  layout: Layout,
  index: number,
): Promise<Lease | Refreshed | undefined> {
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
  lease: Lease | Refreshed | undefined,
  now: number,
): lease is Lease {
  return lease !== undefined && "id" in lease &&
    lease.until > now && lease.until - now <= LEASE_MS &&
    (lease.process === undefined || runtime.host.mayBeRunning(lease.process));
}

function parse(value: unknown): Lease | Refreshed | undefined {
  const { id, process, until, at, expiresAt } = Object(value);
  if (typeof at === "number" && typeof expiresAt === "number") {
    return { at, expiresAt };
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
  const line = new TextEncoder().encode(`${JSON.stringify(record)}\n`);
  const bytes = new Uint8Array(line.length + roomBytes);
  bytes.set(line);
  // At random, lest the disk store it in less room.
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

/** `getRandomValues` gives no more at a time. */
const MOST_RANDOM_BYTES = 64 * 1024;

function leasePath(layout: Layout, index: number): string {
  return `${layout.runs}/refresh_${index}`;
}
