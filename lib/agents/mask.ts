/** How keys of well-known services begin. This part is not secret. */
const PREFIX = /^(?:sk-or-v1-|sk-sp-|sk-|ms-)?/;

/** The last characters of a shorter key would reveal too much of it. */
const SHORTEST_TO_SHOW = 20;

const SHOWN = 4;

/**
 * Masks a key so that its owner recognizes it: `sk-…cafe`. Shows a well-known
 * prefix and at most the last 4 characters, of a short key only the prefix.
 */
export function maskKey(key: string): string {
  const prefix = PREFIX.exec(key)?.[0] ?? "";
  const secret = key.slice(prefix.length);
  const isLong = secret.length >= SHORTEST_TO_SHOW;
  return `${prefix}…${isLong ? secret.slice(-SHOWN) : ""}`;
}

/** Masks an email address recognizably: `a…@example.com`. */
export function maskEmail(address: string): string {
  const at = address.lastIndexOf("@");
  if (at < 1) return "…";
  const [first = ""] = address;
  return `${first}…${address.slice(at)}`;
}
