import { realSystem, type System } from "../system/system.ts";

/** Proves that the client requesting the tokens began the login (RFC 7636). */
export interface Pkce {
  /** Sent with the request for tokens. Secret. */
  verifier: string;
  /** Sent when the login begins; does not reveal the verifier. */
  challenge: string;
}

/** 43 characters, as section 4.1 recommends and the agent uses. */
const VERIFIER_BYTES = 32;

/** Creates a random verifier and its challenge by the method `S256`. */
export async function createPkce(
  { system = realSystem }: { system?: Pick<System, "randomBytes"> } = {},
): Promise<Pkce> {
  const verifier = base64Url(system.randomBytes(VERIFIER_BYTES));
  return { verifier, challenge: await challengeOf(verifier) };
}

/** Returns the `S256` challenge for `verifier` (RFC 7636, section 4.2). */
export async function challengeOf(verifier: string): Promise<string> {
  const ascii = new TextEncoder().encode(verifier);
  return base64Url(
    new Uint8Array(await crypto.subtle.digest("SHA-256", ascii)),
  );
}

/** Encodes `bytes` for a URL, without padding (RFC 4648, section 5). */
function base64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
