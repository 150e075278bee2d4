import { MACH_O_MAGIC, machOProblems, readMachO } from "./mach_o.ts";
import type { Target } from "./targets.ts";

/** The headers of a binary. */
export interface BinaryFormat {
  /** The kind of its file. */
  container: "ELF" | "Mach-O";
  /** The processor that it needs. */
  arch: "x64" | "arm64";
  /** The path of its loader on Linux. */
  loader: string | undefined;
}

const ELF_MAGIC = 0x7f454c46;

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

/** Reads the headers of a binary; `undefined` if the format is unknown. */
export function readFormat(
  bytes: Uint8Array<ArrayBuffer>,
): BinaryFormat | undefined {
  if (bytes.length < 64) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0) === ELF_MAGIC) return readElf(view);
  if (view.getUint32(0, true) !== MACH_O_MAGIC) return undefined;
  const arch = MACH_O_MACHINES[readMachO(bytes).cpu];
  return arch && { container: "Mach-O", arch, loader: undefined };
}

/**
 * Returns what is wrong with a binary for `target`: it has another format, it
 * lacks one of `contents`, or on macOS a page does not match the signature.
 * Empty if nothing is wrong.
 */
export async function problemsOf(
  bytes: Uint8Array<ArrayBuffer>,
  target: Target,
  contents: readonly string[],
): Promise<string[]> {
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
  if (format?.container === "Mach-O") {
    problems.push(...await machOProblems(bytes));
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
  return { container: "ELF", arch, loader };
}

function textAt(view: DataView, offset: number, length: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, length);
  return new TextDecoder().decode(bytes);
}
