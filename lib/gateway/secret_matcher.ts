const PERCENT = 0x25;

/** The base64 of a shorter secret may be an ordinary word, characters. */
const SHORTEST_ENCODED = 8;

/**
 * Returns a function that returns the length of the secret at an offset of some
 * bytes, or 0. If the bytes end within the secret, the length exceeds their
 * end. It finds `secret` plain, with any characters percent-encoded (RFC 3986,
 * section 2.1), and inside the base64 of a longer text (RFC 4648, sections 4
 * and 5).
 */
export function secretMatcher(
  secret: string,
): (bytes: Uint8Array, at: number) => number {
  const plain = new TextEncoder().encode(secret);
  const encoded = secret.length < SHORTEST_ENCODED ? [] : base64Forms(plain);
  const isFirst = new Uint8Array(256);
  isFirst[PERCENT] = 1;
  for (const it of [plain, ...encoded]) isFirst[it[0] ?? 0] = 1;
  return (bytes, at) => {
    if (isFirst[bytes[at] ?? 0] === 0) return 0;
    const length = lengthOfPlain(bytes, at, plain);
    if (length > 0) return length;
    return encoded.find((it) => isAt(bytes, at, it))?.length ?? 0;
  };
}

/** Returns how many bytes match `plain`, in which characters may be `%XX`. */
function lengthOfPlain(
  bytes: Uint8Array,
  start: number,
  plain: Uint8Array,
): number {
  let at = start;
  for (const expected of plain) {
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
