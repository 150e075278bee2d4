import { assertEquals } from "@std/assert";
import { problemsOf, readFormat } from "../../scripts/inspect_binary.ts";
import { targetHere } from "../../scripts/targets.ts";
import { signedMachO } from "../support/mach_o.ts";

const MUSL = "/lib/ld-musl-aarch64.so.1";
const GLIBC = "/lib64/ld-linux-x86-64.so.2";

Deno.test("readFormat() reads the program that runs this test", async () => {
  const format = readFormat(await Deno.readFile(Deno.execPath()));
  assertEquals(format?.arch, targetHere().split("-")[1]);
});

Deno.test("readFormat() returns undefined for text", () => {
  assertEquals(
    readFormat(new TextEncoder().encode("x".repeat(100))),
    undefined,
  );
  assertEquals(readFormat(new Uint8Array()), undefined);
});

const GOOD = {
  "linux-x64": elf(0x3e, GLIBC),
  "linux-arm64-musl": elf(0xb7, MUSL),
  "darwin-x64": await signedMachO(0x01000007),
  "darwin-arm64": await signedMachO(0x0100000c),
} as const;

for (const [target, bytes] of Object.entries(GOOD)) {
  Deno.test(`problemsOf() finds nothing wrong with a binary for ${target}`, async () => {
    const found = await problemsOf(bytes, target as keyof typeof GOOD, []);
    assertEquals(found, []);
  });
}

Deno.test("problemsOf() reports another processor", async () => {
  const problems = await problemsOf(elf(0xb7, GLIBC), "linux-x64", []);
  assertEquals(problems, ["it is for arm64"]);
});

Deno.test("problemsOf() reports another C library", async () => {
  const problems = await problemsOf(elf(0xb7, MUSL), "linux-arm64", []);
  assertEquals(problems, [`it is loaded by ${MUSL}`]);
});

Deno.test("problemsOf() reports another system", async () => {
  const problems = await problemsOf(GOOD["darwin-x64"], "linux-x64", []);
  assertEquals(problems, ["it is Mach-O"]);
});

Deno.test("problemsOf() reports a page that does not match the signature", async () => {
  const bytes = GOOD["darwin-arm64"].slice();
  bytes[5_000]! ^= 1;
  const problems = await problemsOf(bytes, "darwin-arm64", []);
  assertEquals(problems, ["its signature does not match 1 of 3 pages"]);
});

Deno.test("problemsOf() reports missing content", async () => {
  const problems = await problemsOf(elf(0x3e, GLIBC), "linux-x64", [
    "hello",
    "ld-",
  ]);
  assertEquals(problems, ['there is no "hello" in it']);
});

/** The headers of an ELF file, as in elf(5), with one program header. */
function elf(machine: number, loader: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(`${loader}\0`);
  const bytes = new Uint8Array(64 + 56 + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x7f454c46);
  view.setUint16(18, machine, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 3, true);
  view.setBigUint64(64 + 8, 120n, true);
  view.setBigUint64(64 + 32, BigInt(text.length), true);
  bytes.set(text, 120);
  return bytes;
}
