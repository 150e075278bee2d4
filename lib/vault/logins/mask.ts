/** How a key may begin by the rules of its service, which is not secret. */
const PREFIX = /^(?:sk-or-v1-|sk-sp-|sk-|ms-)?/;

/** A shorter key would be too well known by its last characters. */
const SHORTEST_TO_SHOW = 20;

const SHOWN = 4;

/**
 * Returns a key so that its owner knows it again: `sk-…cafe`. Never more than
 * its last 4 characters are shown beside a well-known prefix, and none of a
 * short one.
 */
export function maskKey(key: string): string {
  const prefix = PREFIX.exec(key)?.[0] ?? "";
  const secret = key.slice(prefix.length);
  const isLong = secret.length >= SHORTEST_TO_SHOW;
  return `${prefix}…${isLong ? secret.slice(-SHOWN) : ""}`;
}

/** Returns an email address so that its owner knows it: `a…@example.com`. */
export function maskEmail(address: string): string {
  const at = address.lastIndexOf("@");
  if (at < 1) return "…";
  const [first = ""] = address;
  return `${first}…${address.slice(at)}`;
}
