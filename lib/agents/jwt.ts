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
