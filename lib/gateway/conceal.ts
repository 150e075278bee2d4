import { type ByteSource, joinBytes } from "../system/byte_source.ts";
import { type Filter, filtered } from "./filtered.ts";

/** The text that replaces a secret. */
const MARK = "[redacted]";

/** Shorter secrets, as used by local servers, may be ordinary words. */
const SHORTEST_SECRET = 4;

const PERCENT = 0x25;

/** The base64 of a shorter secret may be an ordinary word, characters. */
const SHORTEST_ENCODED = 8;

/**
 * Returns `text` with `secret` redacted: plain, in base64 or percent-encoded.
 */
export function concealedIn(text: string, secret: string): string {
  if (secret.length < SHORTEST_SECRET) return text;
  if (text.length < secret.length) return text; // no form of it is shorter
  if (!mayContain(text, secret)) return text;
  const search = new Search(secret);
  const shown = search.push(new TextEncoder().encode(text));
  return new TextDecoder().decode(joinBytes([shown, search.end()]));
}

/** Whether a form of `secret` may begin in `text`. */
function mayContain(text: string, secret: string): boolean {
  const { isStart } = matcherOf(secret);
  for (let at = 0; at + 1 < text.length; at++) {
    const first = text.charCodeAt(at);
    const second = text.charCodeAt(at + 1);
    if (first > 0x7f || second > 0x7f || isStart[first << 8 | second]) {
      return true;
    }
  }
  return false;
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
  body: ByteSource,
  secret: string,
): ByteSource {
  if (secret.length < SHORTEST_SECRET) return body;
  return filtered(body, new Search(secret));
}

const NOTHING = new Uint8Array();

/** Redacts a secret in a sequence of chunks, even across chunk borders. */
class Search implements Filter {
  readonly #matcher: Matcher;
  #held: Uint8Array = NOTHING;

  constructor(secret: string) {
    this.#matcher = matcherOf(secret);
  }

  push(chunk: Uint8Array): Uint8Array {
    const bytes = this.#held.length > 0
      ? joinBytes([this.#held, chunk])
      : chunk;
    const { isStart, lengthAt } = this.#matcher;
    const last = bytes.length - 1;
    const parts: Uint8Array[] = [];
    let from = 0;
    let at = 0;
    while (at < bytes.length) {
      const pair = (bytes[at] ?? 0) << 8 | (bytes[at + 1] ?? 0);
      const mayStart = at === last || isStart[pair];
      const length = mayStart ? lengthAt(bytes, at) : 0;
      if (length === 0) {
        at++;
      } else if (at + length > bytes.length) {
        break; // it may continue in the next chunk
      } else {
        parts.push(bytes.subarray(from, at), MARK_BYTES);
        at += length;
        from = at;
      }
    }
    this.#held = at < bytes.length ? bytes.slice(at) : NOTHING;
    if (from === 0 && at === bytes.length) return bytes;
    return joinBytes([...parts, bytes.subarray(from, at)]);
  }

  /** Removes and returns the bytes that are held back. */
  end(): Uint8Array {
    const held = this.#held;
    this.#held = NOTHING;
    return held;
  }
}

const MARK_BYTES = new TextEncoder().encode(MARK);

/** Finds one secret. */
interface Matcher {
  /** The secret. */
  secret: string;
  /** 1 for each two bytes that the secret may begin with, the first one high. */
  isStart: Uint8Array;
  /**
   * Returns the length of the secret at an offset of some bytes, or 0. If the
   * bytes end within the secret, the length exceeds their end.
   */
  lengthAt(bytes: Uint8Array, at: number): number;
}

/** Most requests have the same secret as the one before. */
let last: Matcher | undefined;

function matcherOf(secret: string): Matcher {
  if (last?.secret !== secret) last = createMatcher(secret);
  return last;
}

/**
 * Creates a matcher that finds `secret` plain, with any characters
 * percent-encoded (RFC 3986, section 2.1), and inside the base64 of a longer
 * text (RFC 4648, sections 4 and 5).
 */
function createMatcher(secret: string): Matcher {
  const plain = new TextEncoder().encode(secret);
  const encoded = secret.length < SHORTEST_ENCODED ? [] : base64Forms(plain);
  const isStart = new Uint8Array(0x10000);
  isStart.fill(1, PERCENT << 8, (PERCENT + 1) << 8);
  for (const [first = 0, second = 0] of [plain, ...encoded]) {
    isStart[first << 8 | second] = isStart[first << 8 | PERCENT] = 1;
  }
  return {
    secret,
    isStart,
    lengthAt(bytes, at) {
      const length = lengthOfPlain(bytes, at, plain);
      if (length > 0) return length;
      return encoded.find((it) => isAt(bytes, at, it))?.length ?? 0;
    },
  };
}

/** Returns how many bytes match `plain`, in which characters may be `%XX`. */
function lengthOfPlain(
  bytes: Uint8Array,
  start: number,
  plain: Uint8Array,
): number {
  let at = start;
  for (let index = 0; index < plain.length; index++) {
    const expected = plain[index] ?? 0;
    if (at >= bytes.length) return bytes.length - start + 1;
    if (bytes[at] === expected) {
      at++;
    } else if (bytes[at] !== PERCENT) {
      return 0;
    } else {
      const digits = String.fromCharCode(...bytes.subarray(at + 1, at + 3));
      const hex = expected.toString(16).padStart(2, "0");
      if (!hex.startsWith(digits.toLowerCase())) return 0;
      if (digits.length < 2) return bytes.length - start + 1;
      at += 3;
    }
  }
  return at - start;
}

/** Whether `form` is at `at`, or begins there and the bytes end. */
function isAt(bytes: Uint8Array, at: number, form: Uint8Array): boolean {
  const length = Math.min(form.length, bytes.length - at);
  for (let offset = 0; offset < length; offset++) {
    if (bytes[at + offset] !== form[offset]) return false;
  }
  return true;
}

/**
 * Returns the base64 forms of `plain`, the longer ones first. There are three,
 * depending on the number of bytes before it. They omit the characters that it
 * shares with its neighbors; the last character is kept in a second form, for
 * when nothing follows.
 */
function base64Forms(plain: Uint8Array): Uint8Array[] {
  const forms = [0, 1, 2].flatMap((before) => {
    const padded = new Uint8Array(before + plain.length);
    padded.set(plain, before);
    const start = Math.ceil(before * 8 / 6);
    const end = Math.floor(padded.length * 8 / 6);
    return (["base64", "base64url"] as const).flatMap((alphabet) => {
      const text = padded.toBase64({ alphabet, omitPadding: true });
      return [text.slice(start), text.slice(start, end)];
    });
  });
  return [...new Set(forms)].sort((a, b) => b.length - a.length)
    .map((it) => new TextEncoder().encode(it));
}
