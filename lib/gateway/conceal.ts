import { secretMatcher } from "./secret_matcher.ts";

/** What stands in the place of a secret. */
const MARK = "[redacted]";

/** A shorter one, as servers on this machine have, may be any word. */
const SHORTEST_SECRET = 4;

/** Returns `text` without `secret`, as it is, in base64 or percent-encoded. */
export function concealedIn(text: string, secret: string): string {
  if (secret.length < SHORTEST_SECRET) return text;
  const search = new Search(secret);
  const shown = search.push(new TextEncoder().encode(text));
  return new TextDecoder().decode(joined([shown, search.end()]));
}

/**
 * Whether `secret` can be nothing but a key or a token, and no word that may
 * stand in an answer, as `sk-no-key-required` may.
 */
export function isUnmistakable(secret: string): boolean {
  return secret.length >= 16 && /\d/.test(secret);
}

/**
 * Returns `body` without `secret`, as it is, in base64 or percent-encoded, wherever
 * it is cut. What could be the
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

/** Replaces a secret in what is pushed, wherever that is cut. */
class Search {
  readonly #matches: (bytes: Uint8Array, at: number) => number;
  readonly #mark = new TextEncoder().encode(MARK);
  #held: Uint8Array = new Uint8Array();

  constructor(secret: string) {
    this.#matches = secretMatcher(secret);
  }

  push(chunk: Uint8Array): Uint8Array {
    const bytes = this.#held.length > 0 ? joined([this.#held, chunk]) : chunk;
    const parts: Uint8Array[] = [];
    let from = 0;
    let at = 0;
    while (at < bytes.length) {
      const length = this.#matches(bytes, at);
      if (length === 0) {
        at++;
      } else if (at + length > bytes.length) {
        break; // it may go on
      } else {
        parts.push(bytes.subarray(from, at), this.#mark);
        at += length;
        from = at;
      }
    }
    this.#held = bytes.slice(at);
    const rest = bytes.subarray(from, at);
    return parts.length > 0 ? joined([...parts, rest]) : rest;
  }

  end(): Uint8Array {
    return this.#held;
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
