import type { Target } from "./targets.ts";

/** What a binary says of itself. */
export interface BinaryFormat {
  /** The kind of its file. */
  container: "ELF" | "Mach-O";
  /** The processor that it is for. */
  arch: "x64" | "arm64";
  /** What loads it on Linux, a path. */
  loader: string | undefined;
  /** Whether it has a signature, without which macOS runs nothing on ARM. */
  isSigned: boolean;
}

const ELF_MAGIC = 0x7f454c46;
const MACH_O_MAGIC = 0xfeedfacf; // 64 bits

/** `e_machine` of elf(5). */
const ELF_MACHINES: Readonly<Record<number, BinaryFormat["arch"]>> = {
  0x3e: "x64",
  0xb7: "arm64",
};

/** `cputype` of mach/machine.h. */
const MACH_O_MACHINES: Readonly<Record<number, BinaryFormat["arch"]>> = {
  0x01000007: "x64",
  0x0100000c: "arm64",
};

const PROGRAM_HEADER_INTERPRETER = 3; // PT_INTERP
const LOAD_COMMAND_SIGNATURE = 0x1d; // LC_CODE_SIGNATURE of mach-o/loader.h

/** Reads the headers of a binary; `undefined` if it is none that we know. */
export function readFormat(
  bytes: Uint8Array<ArrayBuffer>,
): BinaryFormat | undefined {
  if (bytes.length < 64) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0) === ELF_MAGIC) return readElf(view);
  if (view.getUint32(0, true) === MACH_O_MAGIC) return readMachO(view);
  return undefined;
}

/**
 * Returns what is wrong with a binary for `target`: another format, or one of
 * `contents` is not in it. Empty if nothing is.
 */
export function problemsOf(
  bytes: Uint8Array<ArrayBuffer>,
  target: Target,
  contents: readonly string[],
): string[] {
  const format = readFormat(bytes);
  const [os, arch, libc] = target.split("-");
  const problems = [];
  if (format?.container !== (os === "darwin" ? "Mach-O" : "ELF")) {
    problems.push(`it is ${format?.container ?? "no binary"}`);
  }
  if (format?.arch !== arch) problems.push(`it is for ${format?.arch}`);
  const isMusl = format?.loader?.includes("/ld-musl-") ?? false;
  if (isMusl !== (libc === "musl")) {
    problems.push(`it is loaded by ${format?.loader}`);
  }
  if (target === "darwin-arm64" && !format?.isSigned) {
    problems.push("it has no signature");
  }
  const text = new TextDecoder("latin1").decode(bytes);
  for (const it of contents.filter((it) => !text.includes(it))) {
    problems.push(`there is no "${it}" in it`);
  }
  return problems;
}

function readElf(view: DataView): BinaryFormat | undefined {
  const arch = ELF_MACHINES[view.getUint16(18, true)];
  if (!arch) return undefined;
  const headersAt = Number(view.getBigUint64(32, true));
  const headerSize = view.getUint16(54, true);
  let loader: string | undefined;
  for (let at = 0; at < view.getUint16(56, true); at++) {
    const header = headersAt + at * headerSize;
    if (view.getUint32(header, true) !== PROGRAM_HEADER_INTERPRETER) continue;
    const offset = Number(view.getBigUint64(header + 8, true));
    const size = Number(view.getBigUint64(header + 32, true));
    loader = textAt(view, offset, size - 1);
  }
  return { container: "ELF", arch, loader, isSigned: false };
}

function readMachO(view: DataView): BinaryFormat | undefined {
  const arch = MACH_O_MACHINES[view.getUint32(4, true)];
  if (!arch) return undefined;
  let isSigned = false;
  let at = 32;
  for (let left = view.getUint32(16, true); left > 0; left--) {
    isSigned ||= view.getUint32(at, true) === LOAD_COMMAND_SIGNATURE;
    at += view.getUint32(at + 4, true);
  }
  return { container: "Mach-O", arch, loader: undefined, isSigned };
}

function textAt(view: DataView, offset: number, length: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, length);
  return new TextDecoder().decode(bytes);
}
