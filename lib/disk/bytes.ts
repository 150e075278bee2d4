import { runtime } from "../system/mod.ts";

/** Whether two byte strings are equal; a missing one equals nothing. */
export function sameBytes(
  a: Uint8Array | undefined,
  b: Uint8Array | undefined,
): boolean {
  if (!a || !b || a.length !== b.length) return false;
  return a.every((byte, at) => byte === b[at]);
}

/** Returns the bytes of all `parts` in order; of a single part, itself. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [only, ...others] = parts;
  if (only && others.length === 0) return only;
  const whole = new Uint8Array(parts.reduce((sum, it) => sum + it.length, 0));
  let at = 0;
  for (const it of parts) {
    whole.set(it, at);
    at += it.length;
  }
  return whole;
}

/** The SHA-256 of a byte string, as hexadecimal digits. */
export async function digestOf(bytes: Uint8Array): Promise<string> {
  return (await runtime.host.sha256(new Uint8Array(bytes))).toHex();
}
