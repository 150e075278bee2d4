import type { Connection } from "./client_connections.ts";
import { formatHead, type RequestHead } from "./http_head.ts";
import type { Reply } from "./network.ts";

/** What a reply depends on besides itself. */
interface Sending {
  /** Aborts when the client has gone. @default never */
  gone?: AbortSignal;
  /** The request. @default a malformed one */
  head?: RequestHead;
  /** Whether the connection stays open. @default false */
  persists?: boolean;
}

/**
 * Sends a reply. The client sees if it is not complete.
 *
 * @throws {unknown} If the client cannot get all of it.
 */
export async function sendReply(
  connection: Connection,
  { status, headers, body }: Reply,
  { gone, head, persists = false }: Sending,
): Promise<void> {
  const cancel = () => void body?.cancel(gone?.reason).catch(() => {});
  if (gone?.aborted) return cancel();
  gone?.addEventListener("abort", cancel, { once: true });
  const mayHaveBody = head?.method !== "HEAD" && !WITHOUT_BODY.has(status);
  if (!body && mayHaveBody) headers.set("content-length", "0");
  const length = headers.get("content-length");
  const isChunked = mayHaveBody && length === null && !head?.isOld;
  const start = formatHead({ status, headers, isChunked, persists });
  if (!body || !mayHaveBody) {
    cancel();
    return await connection.write(start);
  }
  const unsent = [start];
  let left = Number(length ?? Infinity);
  let sentAt = -Infinity;
  try {
    for (let isWhole = false; !isWhole;) {
      const reading = body.read();
      if (sizeOf(unsent) >= SMALL || !await isSettled(reading)) {
        reading.catch(() => {}); // reported below
        if (unsent.length > 0) await connection.write(joined(unsent.splice(0)));
        sentAt = performance.now();
      }
      const bytes = await reading;
      if (gone?.aborted) return;
      isWhole = !bytes;
      if (!bytes || bytes.length === 0) continue;
      left -= bytes.length;
      if (left < 0) throw new TypeError("The body exceeds its length");
      unsent.push(isChunked ? chunkOf(bytes) : bytes);
      const isOfBurst = performance.now() - sentAt < BURST_MS;
      if (isOfBurst && bytes.length < SMALL) await nextTick();
    }
    if (left > 0 && left < Infinity) {
      throw new TypeError("The body is incomplete");
    }
    if (isChunked) unsent.push(LAST_CHUNK);
    await connection.write(joined(unsent));
  } catch (error) {
    cancel();
    await connection.write(joined(unsent)).catch(() => {});
    if (head?.isOld) connection.destroy(); // nothing else shows the cut
    throw error;
  }
}

/** Statuses of replies without a body. */
const WITHOUT_BODY = new Set([204, 304]);

const LAST_CHUNK = new TextEncoder().encode("0\r\n\r\n");

/** Returns `bytes` as a chunk (RFC 9112, section 7.1). */
function chunkOf(bytes: Uint8Array): Uint8Array {
  const size = bytes.length.toString(16);
  const chunk = new Uint8Array(size.length + bytes.length + 4);
  for (let at = 0; at < size.length; at++) chunk[at] = size.charCodeAt(at);
  chunk.set(bytes, size.length + 2);
  for (const at of [size.length, chunk.length - 2]) {
    chunk[at] = 0x0d;
    chunk[at + 1] = 0x0a;
  }
  return chunk;
}

/** Enough for bytes that are there already to pass all layers of a body. */
const TURNS = 16;

/**
 * Whether `promise` settles without any input or output. The head of a reply
 * and bytes that are there are written together.
 */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settle = () => void (isSettled = true);
  promise.then(settle, settle);
  for (let turn = 0; turn < TURNS && !isSettled; turn++) await undefined;
  return isSettled;
}

/**
 * Small pieces that follow each other faster than this are written together:
 * nobody sees the difference, and most of the time of a small write is spent by
 * the system.
 */
const BURST_MS = 2;

/** Pieces are joined up to this size, bytes. */
const SMALL = 4_096;

let tick: Promise<void> | undefined;

/** Resolves a moment later, for all replies at once. */
function nextTick(): Promise<void> {
  return tick ??= new Promise((resolve) => {
    setTimeout(() => {
      tick = undefined;
      resolve();
    }, BURST_MS);
  });
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((size, it) => size + it.length, 0);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const bytes = new Uint8Array(sizeOf(parts));
  let at = 0;
  for (const it of parts) {
    bytes.set(it, at);
    at += it.length;
  }
  return bytes;
}
