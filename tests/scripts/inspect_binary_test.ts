import { assertEquals } from "@std/assert";
import { problemsOf, readFormat } from "../../scripts/inspect_binary.ts";
import { targetHere } from "../../scripts/targets.ts";

const MUSL = "/lib/ld-musl-aarch64.so.1";
const GLIBC = "/lib64/ld-linux-x86-64.so.2";

Deno.test("readFormat() reads the program that runs this test", async () => {
  const format = readFormat(await Deno.readFile(Deno.execPath()));
  assertEquals(format?.arch, targetHere().split("-")[1]);
});

Deno.test("readFormat() knows no format of a text", () => {
  assertEquals(
    readFormat(new TextEncoder().encode("x".repeat(100))),
    undefined,
  );
  assertEquals(readFormat(new Uint8Array()), undefined);
});

const GOOD = {
  "linux-x64": elf(0x3e, GLIBC),
  "linux-arm64-musl": elf(0xb7, MUSL),
  "darwin-x64": machO(0x01000007, []),
  "darwin-arm64": machO(0x0100000c, [0x19, 0x1d]),
} as const;

for (const [target, bytes] of Object.entries(GOOD)) {
  Deno.test(`problemsOf() finds nothing wrong with a binary for ${target}`, () => {
    assertEquals(problemsOf(bytes, target as keyof typeof GOOD, []), []);
  });
}

Deno.test("problemsOf() tells another processor", () => {
  const problems = problemsOf(elf(0xb7, GLIBC), "linux-x64", []);
  assertEquals(problems, ["it is for arm64"]);
});

Deno.test("problemsOf() tells another C library", () => {
  const problems = problemsOf(elf(0xb7, MUSL), "linux-arm64", []);
  assertEquals(problems, [`it is loaded by ${MUSL}`]);
});

Deno.test("problemsOf() tells another system", () => {
  const problems = problemsOf(GOOD["darwin-x64"], "linux-x64", []);
  assertEquals(problems, ["it is Mach-O"]);
});

Deno.test("problemsOf() tells a missing signature for macOS on ARM", () => {
  const problems = problemsOf(machO(0x0100000c, [0x19]), "darwin-arm64", []);
  assertEquals(problems, ["it has no signature"]);
});

Deno.test("problemsOf() tells what is not embedded", () => {
  const problems = problemsOf(elf(0x3e, GLIBC), "linux-x64", ["hello", "ld-"]);
  assertEquals(problems, ['there is no "hello" in it']);
});

/** The headers of an ELF file, as elf(5) has them, with one program header. */
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

/** The headers of a Mach-O file, with empty load commands. */
function machO(
  cpu: number,
  commands: readonly number[],
): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(128));
  view.setUint32(0, 0xfeedfacf, true);
  view.setUint32(4, cpu, true);
  view.setUint32(16, commands.length, true);
  for (const [at, command] of commands.entries()) {
    view.setUint32(32 + at * 8, command, true);
    view.setUint32(36 + at * 8, 8, true);
  }
  return new Uint8Array(view.buffer);
}
