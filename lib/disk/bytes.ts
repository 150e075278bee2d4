/** Whether two byte strings are the same. */
export function sameBytes(
  a: Uint8Array | undefined,
  b: Uint8Array | undefined,
): boolean {
  if (!a || !b || a.length !== b.length) return false;
  return a.every((byte, at) => byte === b[at]);
}

/** The SHA-256 of a byte string, as hexadecimal digits. */
export async function digestOf(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(bytes));
  return new Uint8Array(digest).toHex();
}
