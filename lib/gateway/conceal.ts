/** What stands in the place of a secret. */
const MARK = "[redacted]";

/** A shorter one, as servers on this machine have, may be any word. */
const SHORTEST_SECRET = 4;

/** Returns `text` without `secret`. */
export function concealedIn(text: string, secret: string): string {
  return secret.length < SHORTEST_SECRET ? text : text.replaceAll(secret, MARK);
}

/**
 * Whether `secret` can be nothing but a key or a token, and no word that may
 * stand in an answer, as `sk-no-key-required` may.
 */
export function isUnmistakable(secret: string): boolean {
  return secret.length >= 16 && /\d/.test(secret);
}

/**
 * Returns `body` without `secret`, wherever it is cut. What could be the
 * beginning of it waits for the next piece, and nothing else does.
 */
export function concealed(
  body: ReadableStream<Uint8Array>,
  secret: string,
): ReadableStream<Uint8Array> {
  if (secret.length < SHORTEST_SECRET) return body;
  const reader = body.getReader();
  const search = new Search(secret);
  return new ReadableStream({
    async pull(controller) {
      while (true) {
        const { done, value } = await reader.read();
        const bytes = done ? search.end() : search.push(value);
        if (bytes.length > 0) controller.enqueue(bytes);
        if (done) return controller.close();
        if (bytes.length > 0) return;
      }
    },
    async cancel(reason) {
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

class Search {
  readonly #secret: Uint8Array;
  readonly #mark = new TextEncoder().encode(MARK);
  #held: Uint8Array = new Uint8Array();

  constructor(secret: string) {
    this.#secret = new TextEncoder().encode(secret);
  }

  push(chunk: Uint8Array): Uint8Array {
    const bytes = this.#held.length > 0 ? joined([this.#held, chunk]) : chunk;
    const parts: Uint8Array[] = [];
    let from = 0;
    let at = this.#find(bytes, from);
    while (at + this.#secret.length <= bytes.length) {
      parts.push(bytes.subarray(from, at), this.#mark);
      from = at + this.#secret.length;
      at = this.#find(bytes, from);
    }
    this.#held = bytes.slice(at);
    const rest = bytes.subarray(from, at);
    return parts.length > 0 ? joined([...parts, rest]) : rest;
  }

  end(): Uint8Array {
    return this.#held;
  }

  /** Where the secret is, or may begin at the end of `bytes`; else that end. */
  #find(bytes: Uint8Array, from: number): number {
    const [first = 0] = this.#secret;
    let at = bytes.indexOf(first, from);
    while (at >= 0 && !this.#isAt(bytes, at)) at = bytes.indexOf(first, at + 1);
    return at < 0 ? bytes.length : at;
  }

  #isAt(bytes: Uint8Array, at: number): boolean {
    const length = Math.min(this.#secret.length, bytes.length - at);
    for (let offset = 1; offset < length; offset++) {
      if (bytes[at + offset] !== this.#secret[offset]) return false;
    }
    return true;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(
    parts.reduce((sum, it) => sum + it.length, 0),
  );
  let at = 0;
  for (const it of parts) {
    whole.set(it, at);
    at += it.length;
  }
  return whole;
}
