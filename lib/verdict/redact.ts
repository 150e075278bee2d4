import { ADDRESS, redactAddress } from "./redact_address.ts";

/** The longest line that is easy to read, characters. */
const MAX_LENGTH = 160;

/** Later text would be cut off anyway, characters. */
const LONGEST_TEXT = 4096;

const MARK = "[redacted]";

/** Tokens and keys: longer than words, or shorter but with digits. */
const SECRET = new RegExp(
  [
    /\bsk-\S+/,
    /\bAIza[\w-]+/,
    /\beyJ[\w-]+(?:\.[\w-]+)+/, // a JWT
    /(?<=\bbearer\s+)[^\s",}]+/,
    /(?<=_(?:token|key)["']?\s*[:=]\s*["']?)[^\s"',}]+/,
    /\b(?=[\w+~-]*\d)(?=[\w+~-]*[A-Za-z])[\w+~-]{20,}=*/,
    /\b(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{16,}\b/, // no hyphen, so no name
    /\b[\w+/~-]{28,}=*/,
  ].map((it) => it.source).join("|"),
  "gi",
);

// deno-lint-ignore no-control-regex
const ESCAPE_SEQUENCES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*)/g;

// deno-lint-ignore no-control-regex
const CONTROL_CHARACTERS = /[\s\x00-\x1f\x7f-\x9f]+/g;

/** Blanks, and the box that the agent draws around a notice. */
const FRAME = /^[\s|+-]+|[\s|+-]+$/g;

/**
 * Returns `text` as one line that is safe to show and log: without control
 * characters and possible tokens or keys, and cut to 160 characters.
 */
export function redact(text: string): string {
  const line = withoutEscapes(text.slice(0, LONGEST_TEXT))
    .replace(CONTROL_CHARACTERS, " ").replace(FRAME, "");
  const safe = withoutSecrets(line);
  return safe.length > MAX_LENGTH ? `${safe.slice(0, MAX_LENGTH - 1)}…` : safe;
}

/** Redacts secrets, but keeps ordinary addresses although they are long. */
function withoutSecrets(line: string): string {
  let shown = "";
  let end = 0;
  for (const { 0: address, index } of line.matchAll(ADDRESS)) {
    shown += withoutKeys(line.slice(end, index));
    shown += redactAddress(address, MARK);
    end = index + address.length;
  }
  return shown + withoutKeys(line.slice(end));
}

/** A word with percent-encoded characters. */
const PERCENT_ENCODED = /[\w.~-]*(?:%[\da-f]{2}[\w.~-]*)+/gi;

function withoutKeys(text: string): string {
  return text.replace(PERCENT_ENCODED, (word) => {
    const plain = word.replace(
      /%([\da-f]{2})/gi,
      (_, hex) => String.fromCharCode(parseInt(hex, 16)),
    );
    return plain.replace(SECRET, MARK) === plain ? word : MARK;
  }).replace(SECRET, MARK);
}

/**
 * Returns `text` without the escape sequences that set colors and move the
 * cursor.
 */
export function withoutEscapes(text: string): string {
  return text.replace(ESCAPE_SEQUENCES, "");
}
