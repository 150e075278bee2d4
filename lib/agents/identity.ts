/**
 * Reads the claims of a JWT (RFC 7519) without verifying them; `undefined` if
 * `token` is not one.
 */
export function readClaims(token: string): Record<string, unknown> | undefined {
  const [, payload, signature, ...more] = token.split(".");
  if (!payload || !signature || more.length > 0) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(payload, { alphabet: "base64url" });
    return { ...Object(JSON.parse(new TextDecoder().decode(bytes))) };
  } catch {
    return undefined;
  }
}

/** What a token says about its owner, if it is a JWT. */
interface Claims {
  /** Issuer and subject, which together identify one owner permanently. */
  subject: string | undefined;
  /** The address of the owner. */
  email: string | undefined;
}

/**
 * Reads the claims of a JWT (RFC 7519) without verifying them. Returns none if
 * the token is not a JWT.
 */
export function claimsOf(token: string): Claims {
  const { iss, sub, email } = readClaims(token) ?? {};
  return {
    subject: typeof sub === "string" && sub ? `${iss} ${sub}` : undefined,
    email: typeof email === "string" && email ? email : undefined,
  };
}

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
