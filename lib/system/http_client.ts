/**
 * A client of HTTP/1.1 (RFC 9112) on connections that a runtime opens. The
 * `fetch` of the runtimes takes about twice as much of the processor for an
 * event stream, and Bun's sends 256 requests at a time.
 *
 * @module
 */

import {
  formatRequestHead,
  parseReplyHead,
  type ReceivedHead,
} from "./http_head.ts";
import { HttpInput } from "./http_input.ts";
import type {
  Connection,
  OutgoingBody,
  OutgoingRequest,
  Reply,
} from "./network.ts";

/**
 * Opens a connection to the origin of `url`, encrypted for https. Rejects if it
 * cannot be opened, or if `signal` aborts.
 */
export type Connect = (url: URL, signal: AbortSignal) => Promise<Connection>;

/** Servers close idle connections after a minute or more. */
const LONGEST_IDLE_MS = 30_000;

/**
 * A closed connection shows as soon as something is sent. A service that closes
 * it later than this may have worked on the request.
 */
const SHOWS_CLOSED_MS = 2_000;

/** A connection to a service. */
interface Line {
  readonly connection: Connection;
  readonly input: HttpInput;
  /** Closes it when it was idle for too long. */
  timer?: ReturnType<typeof setTimeout> | undefined;
}

/** Sends requests, and keeps their connections for the next ones. */
export class HttpClient implements Disposable {
  readonly #connect: Connect;
  /** The idle connections to each origin, the last one used at the end. */
  readonly #idle = new Map<string, Line[]>();
  #isDisposed = false;

  /** Creates a client without connections. */
  constructor(connect: Connect) {
    this.#connect = connect;
  }

  /**
   * Sends a request. If a kept connection breaks at once, before any byte of the
   * reply, the service has closed it in the meantime: the request is sent once
   * more.
   */
  async send(url: URL, request: OutgoingRequest): Promise<Reply> {
    const { signal } = request;
    signal.throwIfAborted();
    const kept = this.#takeIdle(url.origin);
    if (kept) {
      const before = kept.input.received;
      const sentAt = performance.now();
      try {
        return await this.#exchange(kept, url, request);
      } catch (error) {
        signal.throwIfAborted();
        const isPrompt = performance.now() - sentAt < SHOWS_CLOSED_MS;
        if (kept.input.received > before || !isPrompt) throw error;
      }
    }
    const connection = await this.#connect(url, signal);
    const input = new HttpInput(() => connection.read());
    return await this.#exchange({ connection, input }, url, request);
  }

  /** Closes the idle connections, and the others after their replies. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    for (const lines of this.#idle.values()) {
      for (const it of lines) close(it);
    }
    this.#idle.clear();
  }

  async #exchange(
    line: Line,
    url: URL,
    { method, headers, body, signal }: OutgoingRequest,
  ): Promise<Reply> {
    const { connection, input } = line;
    let isSent = false;
    let isOver = false;
    let failure: { error: unknown } | undefined;
    const abort = () => connection.destroy();
    const end = (mayPersist: boolean) => {
      if (isOver) return;
      isOver = true;
      signal.removeEventListener("abort", abort);
      if (mayPersist && isSent && !input.hasRest) this.#keep(url.origin, line);
      else connection.destroy();
    };
    signal.addEventListener("abort", abort);
    try {
      signal.throwIfAborted();
      const size = body?.size ?? (WITHOUT_LENGTH.has(method) ? undefined : 0);
      const head = formatRequestHead({ method, url, headers, size });
      // A service may answer before it has read all of the request.
      send(connection, head, body).then((it) => isSent = it, (error) => {
        failure = { error };
        connection.destroy();
      });
      const reply = await receive(input, method);
      const { length, mayPersist } = reply;
      const source = length === null ? undefined : input.body(length, {
        onEnd() {
          signal.throwIfAborted(); // it may look like the end
          end(mayPersist);
        },
        onFail: () => end(false),
      });
      if (!source) end(mayPersist);
      return {
        status: reply.status,
        headers: reply.headers,
        body: source
          ? { read: source.read, cancel: () => Promise.resolve(end(false)) }
          : null,
      };
    } catch (error) {
      end(false);
      signal.throwIfAborted();
      throw failure ? failure.error : error;
    }
  }

  #keep(origin: string, line: Line): void {
    if (this.#isDisposed) return close(line);
    const lines = this.#idle.get(origin) ?? [];
    this.#idle.set(origin, lines);
    lines.push(line);
    const drop = () => {
      const at = lines.indexOf(line);
      if (at < 0) return; // it is in use again
      lines.splice(at, 1);
      close(line);
    };
    line.timer = setTimeout(drop, LONGEST_IDLE_MS);
    line.input.watch(drop, drop);
  }

  #takeIdle(origin: string): Line | undefined {
    const line = this.#idle.get(origin)?.pop();
    clearTimeout(line?.timer);
    return line;
  }
}

function close({ connection, timer }: Line): void {
  clearTimeout(timer);
  connection.destroy();
}

/** Methods whose requests need no length if they have no body. */
const WITHOUT_LENGTH = new Set(["GET", "HEAD"]);

/** A longer body is sent apart from the head, without a copy. */
const SMALL = 65_536;

/**
 * Sends a request; returns whether all of it was sent. Rejects only if its body
 * fails: a broken connection is the concern of those who read from it.
 */
async function send(
  connection: Connection,
  head: Uint8Array,
  body: OutgoingBody | undefined,
): Promise<boolean> {
  const write = (bytes: Uint8Array) =>
    connection.write(bytes).then(() => true, () => false);
  if (!body) return await write(head);
  if (body.bytes && body.size <= SMALL) {
    const all = new Uint8Array(head.length + body.size);
    all.set(head);
    all.set(body.bytes, head.length);
    return await write(all);
  }
  if (!await write(head)) return false;
  if (body.bytes) return await write(body.bytes);
  const source = body.open();
  let left = body.size;
  try {
    for (let it = await source.read(); it; it = await source.read()) {
      left -= it.length;
      if (left < 0) throw new TypeError("The body exceeds its length");
      if (!await write(it)) return false;
    }
    if (left > 0) throw new TypeError("The body is incomplete");
    return true;
  } finally {
    await source.cancel();
  }
}

/** The longest head of a reply, bytes; longer ones are not HTTP. */
const LONGEST_HEAD = 262_144;

/** The most interim replies: without a limit, they could keep us busy forever. */
const MOST_INTERIM = 1_000;

/** Returns the head of the reply, after those of interim ones. */
async function receive(
  input: HttpInput,
  method: string,
): Promise<ReceivedHead> {
  for (let interim = 0; interim <= MOST_INTERIM; interim++) {
    const bytes = await input.head(LONGEST_HEAD);
    if (!bytes) throw new TypeError("The connection was closed");
    if (bytes.length >= LONGEST_HEAD) {
      throw new TypeError("The reply's head is too large");
    }
    const head = parseReplyHead(bytes, method);
    if (!head) throw new TypeError("The reply is not HTTP/1.1");
    if (head.status >= 200 || head.status === 101) return head;
  }
  throw new TypeError("The service sends too many interim replies");
}
