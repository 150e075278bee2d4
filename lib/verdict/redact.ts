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

/** An address, with a scheme or as a host with a path. */
const ADDRESS =
  /\bhttps?:\/\/[^\s"'<>]+|(?<![\w@.-])(?:[a-z\d-]+\.)+[a-z]{2,12}\/[^\s"'<>]+/g;

/**
 * Returns `address` without possible secrets: the user name, and each part of
 * the path, query and fragment that does not consist of words.
 */
function redactAddress(address: string, mark: string): string {
  const [, scheme = "", rest = ""] = /^(https?:\/\/)?(.*)$/s.exec(address) ??
    [];
  const [place = "", ...fragment] = rest.split("#");
  const [path = "", ...query] = place.split("?");
  const withoutUser = path.replace(/^[^/]*@/, `${mark}@`);
  const [host, ...parts] = withoutUser.split("/");
  const shown = [host, ...parts.map(plainOrMark)].join("/");
  const shownQuery = query.map((it) => `?${redactQuery(it, mark)}`).join("");
  const shownFragment = fragment.map((it) =>
    `#${it.split("/").map(plainOrMark).join("/")}`
  );
  return `${scheme}${shown}${shownQuery}${shownFragment.join("")}`;

  function plainOrMark(part: string): string {
    return isPlain(part) ? part : mark;
  }
}

/**
 * Keeps a query like `tab=usage`; replaces the whole query if a value may be
 * secret.
 */
function redactQuery(query: string, mark: string): string {
  const isHarmless = query.split("&").every((it) => {
    const [name = "", value, ...others] = it.split("=");
    return value !== undefined && others.length === 0 && isPlain(name) &&
      !NAMES_SECRET.test(name) && PLAIN_VALUE.test(value) && isPlain(value);
  });
  return isHarmless ? query : mark;
}

/** Parameters whose value may be secret or personal, even if it is a word. */
const NAMES_SECRET =
  /key|token|secret|pass|pwd|pin$|auth|cred|sig|sign|code|otp|session|sid$|state|nonce|ticket|jwt|hash|user|login|mail|name|phone|account|invite|^[a-z]$/i;

/** Lower-case words or a short number, like the names of views. */
const PLAIN_VALUE =
  /^(?:[a-z]{1,24}(?:[-_.][a-z]{1,24}){0,4}(?:[-_.]?\d{1,4})?|\d{1,6})[.,;:!)]*$/;

/**
 * Whether a part of a path consists of words, versions and short numbers, like
 * `model-studio`, `v1` and `coder-480b`.
 */
function isPlain(part: string): boolean {
  return part.split(/[-_.~:,;()%+!*]/).every((it) =>
    /^(?:[A-Z]?[a-z]{0,24}|[A-Z]{0,16}|[A-Za-z]{0,12}|\d{0,8}|[A-Za-z\d]{0,7})$/
      .test(it)
  ) && !/\b(?:sk|pk)[-_]/i.test(part);
}
