import { formatHead, type RequestHead, WITHOUT_BODY } from "./http_head.ts";
import type { Connection, Reply } from "./network.ts";

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
  const unsent = new Unsent(start, isChunked);
  let left = Number(length ?? Infinity);
  let sentAt = -Infinity;
  try {
    for (let isWhole = false; !isWhole;) {
      const reading = body.read();
      const isFull = unsent.size >= SMALL;
      if (isFull || unsent.size > 0 && !await comesSoon(reading, sentAt)) {
        reading.catch(() => {}); // reported below
        await connection.write(unsent.take());
        sentAt = performance.now();
      }
      const bytes = await reading;
      if (gone?.aborted) return;
      isWhole = !bytes;
      if (!bytes || bytes.length === 0) continue;
      left -= bytes.length;
      if (left < 0) throw new TypeError("The body exceeds its length");
      unsent.add(bytes);
    }
    if (left > 0 && left < Infinity) {
      throw new TypeError("The body is incomplete");
    }
    await connection.write(unsent.take(isChunked ? LAST_CHUNK : NOTHING));
  } catch (error) {
    cancel();
    await connection.write(unsent.take()).catch(() => {});
    if (head?.isOld) connection.destroy(); // nothing else shows the cut
    throw error;
  }
}

const NOTHING = new Uint8Array();
const LAST_CHUNK = new TextEncoder().encode("0\r\n\r\n");

/** The parts of a reply that are sent together. */
class Unsent {
  readonly #isChunked: boolean;
  #head: Uint8Array;
  #pieces: Uint8Array[] = [];
  #length = 0;

  /** Begins with the head of the reply. */
  constructor(head: Uint8Array, isChunked: boolean) {
    this.#head = head;
    this.#isChunked = isChunked;
  }

  /** The number of bytes, without those around a chunk. */
  get size(): number {
    return this.#head.length + this.#length;
  }

  /** Adds a piece of the body. */
  add(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
  }

  /**
   * Removes and returns everything, followed by `end`. The pieces become one
   * chunk (RFC 9112, section 7.1).
   */
  take(end: Uint8Array = NOTHING): Uint8Array {
    const isChunk = this.#isChunked && this.#length > 0;
    const line = isChunk ? `${this.#length.toString(16)}\r\n` : "";
    const size = this.size + line.length + (isChunk ? 2 : 0) + end.length;
    const [first] = this.#pieces;
    const all = first?.length === size ? first : new Uint8Array(size);
    if (all !== first) {
      all.set(this.#head);
      let at = this.#head.length;
      for (const code of line) all[at++] = code.charCodeAt(0);
      for (const it of this.#pieces) {
        all.set(it, at);
        at += it.length;
      }
      if (isChunk) {
        all[at++] = 0x0d;
        all[at++] = 0x0a;
      }
      all.set(end, at);
    }
    this.#head = NOTHING;
    this.#pieces = [];
    this.#length = 0;
    return all;
  }
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
 * the system. Reading continues meanwhile: Deno (2.9.6) hands over one chunk
 * for each turn of its event loop, so a pause before each read adds up.
 */
const BURST_MS = 5;

/** Pieces are joined up to this size, bytes. */
const SMALL = 4_096;

/** Whether to wait for `reading` before what came before it is sent. */
function comesSoon(
  reading: Promise<unknown>,
  sentAt: number,
): Promise<boolean> {
  if (performance.now() - sentAt >= BURST_MS) return isSettled(reading);
  return new Promise((resolve) => {
    const come = () => resolve(true);
    reading.then(come, come);
    atNextTick(() => resolve(false));
  });
}

let actions: (() => void)[] = [];

/** Calls `action` a moment later, together with those of other replies. */
function atNextTick(action: () => void): void {
  if (actions.push(action) > 1) return;
  setTimeout(() => {
    const due = actions;
    actions = [];
    for (const it of due) it();
  }, BURST_MS);
}
