import { assertEquals, assertRejects } from "@std/assert";
import { machOProblems, readMachO, signAdHoc } from "../../scripts/mach_o.ts";
import { SIGNATURE_AT, signedMachO, unsignedMachO } from "../support/mach_o.ts";

Deno.test("signAdHoc() makes a signature that matches each page", async () => {
  assertEquals(await machOProblems(await signedMachO()), []);
});

Deno.test("signAdHoc() replaces a signature, and makes the same one again", async () => {
  const signed = await signedMachO();
  assertEquals(await signAdHoc(signed, "it"), signed);
});

Deno.test("signAdHoc() makes the last segment end with the file", async () => {
  const signed = await signedMachO();
  const { offset = 0, size = 0, memorySize = 0 } =
    readMachO(signed).segments.at(-1) ?? {};
  assertEquals(offset + size, signed.length);
  assertEquals(memorySize, 16_384);
});

Deno.test("signAdHoc() throws when there is no place for a signature", async () => {
  const bytes = without(unsignedMachO());
  await assertRejects(() => signAdHoc(bytes, "it"), Error, "Cannot sign");
});

for (const page of [0, 1, 2]) {
  Deno.test(`machOProblems() reports a changed byte in page ${page}`, async () => {
    const bytes = await signedMachO();
    bytes[page * 4096 + 90]! ^= 1;
    const [problem] = (await machOProblems(bytes)).slice(-1);
    assertEquals(problem, "its signature does not match 1 of 3 pages");
  });
}

Deno.test("machOProblems() reports a signature of fewer bytes", async () => {
  // As Bun 1.4.5 leaves it for darwin-x64: the file has grown since.
  const bytes = await signedMachO();
  const view = new DataView(bytes.buffer);
  view.setUint32(SIGNATURE_AT + 20 + 32, SIGNATURE_AT - 100);
  assertEquals(await machOProblems(bytes), [
    `its signature is for ${SIGNATURE_AT - 100} bytes of ${SIGNATURE_AT}`,
  ]);
});

Deno.test("machOProblems() reports a missing signature", async () => {
  assertEquals(await machOProblems(without(unsignedMachO())), [
    "it has no signature",
  ]);
});

Deno.test("machOProblems() reports a truncated file", async () => {
  const bytes = (await signedMachO()).slice(0, -1);
  const [segments, signature] = await machOProblems(bytes);
  const size = bytes.length;
  assertEquals(
    segments,
    `its segments have ${size + 1} bytes, the file has ${size}`,
  );
  assertEquals(signature, "its signature is not at the end of the file");
});

Deno.test("machOProblems() reports overlapping segments", async () => {
  const bytes = unsignedMachO();
  const [, last] = readMachO(bytes).segments;
  const view = new DataView(bytes.buffer);
  view.setBigUint64(last!.commandAt + 24, 2n ** 32n, true);
  const signed = await signAdHoc(bytes, "it");
  assertEquals(await machOProblems(signed), ["segment __LINKEDIT overlaps"]);
});

/** Removes the load command of the signature. */
function without(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  new DataView(bytes.buffer).setUint32(16, 2, true);
  return bytes;
}
