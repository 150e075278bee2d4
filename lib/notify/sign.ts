/** The mark of a secret in the form of Standard Webhooks. */
const PREFIX = "whsec_";

/** The sizes that the specification allows for a secret, bytes. */
const SIZES = { least: 24, most: 64 };

/**
 * Reads a secret of Standard Webhooks, `whsec_` and base64. Returns the problem
 * if it is not one; completes "it ...".
 */
export function readSecret(
  text: string,
): { key: Uint8Array<ArrayBuffer> } | { problem: string } {
  const given = text.trim();
  if (!given.startsWith(PREFIX)) {
    return { problem: `does not begin with ${PREFIX}` };
  }
  let key: Uint8Array<ArrayBuffer>;
  try {
    key = Uint8Array.fromBase64(given.slice(PREFIX.length));
  } catch {
    return { problem: `has no base64 after ${PREFIX}` };
  }
  const { least, most } = SIZES;
  if (key.length < least || key.length > most) {
    return { problem: `is not a key of ${least} to ${most} bytes` };
  }
  return { key };
}

/** What is signed. */
export interface Signed {
  /** The id of the message. */
  id: string;
  /** When it is sent, seconds since the epoch. */
  timestamp: number;
  /** The body, as it is sent. */
  body: string;
}

/**
 * Returns the headers of a signed webhook: HMAC-SHA256 of
 * `ID.TIMESTAMP.BODY`, base64, with the version in front
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 */
export async function signatureHeaders(
  { id, timestamp, body }: Signed,
  secret: Uint8Array<ArrayBuffer>,
): Promise<Record<string, string>> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, [
    "sign",
  ]);
  const content = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const signature = await crypto.subtle.sign("HMAC", key, content);
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": `v1,${new Uint8Array(signature).toBase64()}`,
  };
}
