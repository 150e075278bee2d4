import { runtime } from "../system/mod.ts";

/** Whether two byte strings are equal; a missing one equals nothing. */
export function sameBytes(
  a: Uint8Array | undefined,
  b: Uint8Array | undefined,
): boolean {
  if (!a || !b || a.length !== b.length) return false;
  return a.every((byte, at) => byte === b[at]);
}

/** The SHA-256 of a byte string, as hexadecimal digits. */
export async function digestOf(bytes: Uint8Array): Promise<string> {
  return (await runtime.host.sha256(new Uint8Array(bytes))).toHex();
}
