import { signAdHoc } from "../../scripts/mach_o.ts";

/** The offset of the signature in {@linkcode unsignedMachO}. */
export const SIGNATURE_AT = 2 * 4096 + 100;

/** A Mach-O file of three pages, signed. */
export async function signedMachO(
  cpu = 0x0100000c,
): Promise<Uint8Array<ArrayBuffer>> {
  return await signAdHoc(unsignedMachO(cpu), "it");
}

/**
 * Returns a Mach-O file of three pages, as in mach-o/loader.h: the segments
 * `__TEXT` and `__LINKEDIT`, and an empty place for a signature.
 */
export function unsignedMachO(cpu = 0x0100000c): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SIGNATURE_AT).fill(7, 4096);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xfeedfacf, true);
  view.setUint32(4, cpu, true);
  view.setUint32(16, 3, true); // load commands
  const segments = [["__TEXT", 0, 8192], ["__LINKEDIT", 8192, 100]] as const;
  let at = 32;
  for (const [name, offset, size] of segments) {
    view.setUint32(at, 0x19, true);
    view.setUint32(at + 4, 72, true);
    bytes.set(new TextEncoder().encode(name), at + 8);
    const place = [2 ** 32 + offset, 16_384, offset, size];
    // The segments begin at different pages of memory.
    if (offset > 0) place[0]! += 8192;
    place.forEach((it, index) =>
      view.setBigUint64(at + 24 + index * 8, BigInt(it), true)
    );
    at += 72;
  }
  view.setUint32(at, 0x1d, true);
  view.setUint32(at + 4, 16, true);
  view.setUint32(at + 8, SIGNATURE_AT, true);
  return bytes;
}
