/**
 * Reads and replaces the model in a request. The body may be large and its
 * other bytes must not change, so it is not parsed: this scans only the
 * top-level members up to `model`. A truncated body is read as far as it goes.
 *
 * @module
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);
const OBJECT = 0x7b;

/** Whitespace in JSON (RFC 8259, section 2). */
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * Returns the model in the JSON object `body`; `undefined` if there is none, or
 * if `body` is not a JSON object.
 */
export function modelIn(body: Uint8Array): string | undefined {
  const place = findModel(body);
  return place && textAt(body, place);
}

/**
 * Returns `body` with another `model`, otherwise unchanged; `body` itself if it
 * names no model.
 */
export function withModel(body: Uint8Array, model: string): Uint8Array {
  const place = findModel(body);
  if (!place) return body;
  const text = encoder.encode(JSON.stringify(model));
  const changed = new Uint8Array(
    body.length - (place.end - place.start) + text.length,
  );
  changed.set(body.subarray(0, place.start));
  changed.set(text, place.start);
  changed.set(body.subarray(place.end), place.start + text.length);
  return changed;
}

/**
 * Returns the JSON object `body` with another `member` at its beginning, which
 * ends with a comma.
 */
export function withMember(body: Uint8Array, member: string): Uint8Array {
  const begin = body.indexOf(OBJECT) + 1;
  const text = encoder.encode(member);
  const changed = new Uint8Array(body.length + text.length);
  changed.set(body.subarray(0, begin));
  changed.set(text, begin);
  changed.set(body.subarray(begin), begin + text.length);
  return changed;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The member that is searched for, with its quotes. */
const MODEL = encoder.encode('"model"');

/** The position of a string, including its quotes. */
interface Place {
  start: number;
  end: number;
}

function findModel(body: Uint8Array): Place | undefined {
  let at = skipBlanks(body, 0);
  if (body[at] !== OBJECT) return undefined;
  do {
    at = skipBlanks(body, at + 1);
    const key = stringAt(body, at);
    if (!key) return undefined;
    const colon = skipBlanks(body, key.end);
    if (body[colon] !== COLON) return undefined;
    const value = skipBlanks(body, colon + 1);
    if (isModel(body, key)) return stringAt(body, value);
    at = skipBlanks(body, skipValue(body, value));
  } while (body[at] === COMMA);
  return undefined;
}

function skipBlanks(body: Uint8Array, from: number): number {
  let at = from;
  while (BLANKS.has(body[at] ?? -1)) at++;
  return at;
}

/** Returns the complete string that begins at `start`, if there is one. */
function stringAt(body: Uint8Array, start: number): Place | undefined {
  if (body[start] !== QUOTE) return undefined;
  let quote = body.indexOf(QUOTE, start + 1);
  while (quote >= 0 && isEscaped(body, quote)) {
    quote = body.indexOf(QUOTE, quote + 1);
  }
  return quote < 0 ? undefined : { start, end: quote + 1 };
}

function isEscaped(body: Uint8Array, at: number): boolean {
  let before = at;
  while (body[before - 1] === BACKSLASH) before--;
  return (at - before) % 2 === 1;
}

/** Whether the key at `place` is `model`, which may be written with escapes. */
function isModel(body: Uint8Array, place: Place): boolean {
  const { start, end } = place;
  const isPlain = end - start === MODEL.length &&
    MODEL.every((it, at) => it === body[start + at]);
  return isPlain ||
    body.subarray(start, end).includes(BACKSLASH) &&
      textAt(body, place) === "model";
}

function textAt(body: Uint8Array, { start, end }: Place): string | undefined {
  try {
    return JSON.parse(decoder.decode(body.subarray(start, end)));
  } catch {
    return undefined; // a control character or an invalid escape
  }
}

/** Returns the end of the value that begins at `from`. */
function skipValue(body: Uint8Array, from: number): number {
  let depth = 0;
  for (let at = from; at < body.length; at++) {
    const byte = body[at] ?? 0;
    if (byte === QUOTE) {
      at = (stringAt(body, at)?.end ?? body.length) - 1;
    } else if (OPENING.has(byte)) {
      depth++;
    } else if (depth > 0 && CLOSING.has(byte)) {
      depth--;
    } else if (depth === 0 && (byte === COMMA || CLOSING.has(byte))) {
      return at;
    }
  }
  return body.length;
}
