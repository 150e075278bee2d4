/** An address, with a scheme or as a host with a path. */
export const ADDRESS =
  /\bhttps?:\/\/[^\s"'<>]+|(?<![\w@.-])(?:[a-z\d-]+\.)+[a-z]{2,12}\/[^\s"'<>]+/g;

/**
 * Returns `address` without possible secrets: the user name, and each part of
 * the path, query and fragment that does not consist of words.
 */
export function redactAddress(address: string, mark: string): string {
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
