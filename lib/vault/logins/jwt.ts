/** What a token says about its owner, if it is a JWT. */
export interface Claims {
  /** Issuer and subject, which together name one owner for good. */
  subject: string | undefined;
  /** The address of the owner. */
  email: string | undefined;
}

const NONE: Claims = { subject: undefined, email: undefined };

/** Reads a JWT (RFC 7519) without proving it; nothing where the token is none. */
export function claimsOf(token: string): Claims {
  const [, payload, signature] = token.split(".");
  if (!payload || !signature) return NONE;
  try {
    const bytes = Uint8Array.fromBase64(payload, { alphabet: "base64url" });
    const { iss, sub, email } = JSON.parse(new TextDecoder().decode(bytes));
    return {
      subject: typeof sub === "string" && sub ? `${iss} ${sub}` : undefined,
      email: typeof email === "string" && email ? email : undefined,
    };
  } catch {
    return NONE;
  }
}
