import { secretMatcher } from "./secret_matcher.ts";

/** The text that replaces a secret. */
const MARK = "[redacted]";

/** Shorter secrets, as used by local servers, may be ordinary words. */
const SHORTEST_SECRET = 4;

/**
 * Returns `text` with `secret` redacted: plain, in base64 or percent-encoded.
 */
export function concealedIn(text: string, secret: string): string {
  if (secret.length < SHORTEST_SECRET) return text;
  const search = new Search(secret);
  const shown = search.push(new TextEncoder().encode(text));
  return new TextDecoder().decode(joined([shown, search.end()]));
}

/**
 * Whether `secret` can only be a key or a token. A placeholder such as
 * `sk-no-key-required` may also occur in an answer.
 */
export function isUnmistakable(secret: string): boolean {
  return secret.length >= 16 && /\d/.test(secret);
}

/**
 * Returns `body` with `secret` redacted: plain, in base64 or percent-encoded,
 * even across chunks. Holds back only bytes that may be the start of the
 * secret.
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

/** Redacts a secret in a sequence of chunks, even across chunk borders. */
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
        break; // it may continue in the next chunk
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
