/** A segment of a Mach-O file: a part of the file, and where it is loaded. */
export interface Segment {
  /** Its name, such as `__TEXT`. */
  name: string;
  /** Its address in memory. */
  address: number;
  /** Bytes in memory. */
  memorySize: number;
  /** Where it begins in the file. */
  offset: number;
  /** Bytes in the file. */
  size: number;
  /** The offset of its load command. */
  commandAt: number;
}

/** The load commands of a Mach-O file. */
export interface MachO {
  /** The processor, as `cputype` of mach/machine.h. */
  cpu: number;
  /** The segments, in the order of the file. */
  segments: Segment[];
  /** The offsets of the signature and of its load command. */
  signature: { offset: number; size: number; commandAt: number } | undefined;
}

/**
 * The first word of a Mach-O file of 64 bits, in the byte order of the machine.
 */
export const MACH_O_MAGIC = 0xfeedfacf;

// mach-o/loader.h
const HEADER_SIZE = 32;
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;

// The constants and structures of osfmk/kern/cs_blobs.h of the kernel; every
// number of a signature is big-endian.
const SUPER_BLOB = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const VERSION_WITH_EXECUTABLE_SEGMENT = 0x20400;
const AD_HOC = 0x2;
const MAIN_BINARY = 1n;
const SHA_256 = 2;
const HASH_SIZE = 32;
const PAGE_BITS = 12;
const DIRECTORY_HEADER_SIZE = 88;
const SUPER_BLOB_HEADER_SIZE = 20;

/** Reads the load commands. @throws {RangeError} If the file is cut short. */
export function readMachO(bytes: Uint8Array<ArrayBuffer>): MachO {
  const view = viewOf(bytes);
  const found: MachO = {
    cpu: view.getUint32(4, true),
    segments: [],
    signature: undefined,
  };
  let at = HEADER_SIZE;
  for (let left = view.getUint32(16, true); left > 0; left--) {
    const command = view.getUint32(at, true);
    if (command === LC_SEGMENT_64) found.segments.push(segmentAt(view, at));
    if (command === LC_CODE_SIGNATURE) {
      const offset = view.getUint32(at + 8, true);
      const size = view.getUint32(at + 12, true);
      found.signature = { offset, size, commandAt: at };
    }
    at += view.getUint32(at + 4, true);
  }
  return found;
}

/**
 * Returns what is wrong with the segments and the signature of a Mach-O file;
 * empty if nothing is wrong. macOS kills a program when a page of it does not
 * match its signature.
 */
export async function machOProblems(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string[]> {
  const { segments, signature } = readMachO(bytes);
  const problems = segmentProblems(segments, bytes.length);
  if (!signature) return [...problems, "it has no signature"];
  return [...problems, ...await signatureProblems(bytes, signature)];
}

function segmentProblems(segments: readonly Segment[], size: number): string[] {
  const problems: string[] = [];
  let [fileEnd, memoryEnd] = [0, 0];
  for (const it of segments) {
    const isInMemory = it.size <= it.memorySize && it.address >= memoryEnd;
    const isInFile = it.size === 0 || it.offset === fileEnd;
    if (!isInMemory || !isInFile) problems.push(`segment ${it.name} overlaps`);
    memoryEnd = it.address + it.memorySize;
    if (it.size > 0) fileEnd = it.offset + it.size;
  }
  const last = segments.at(-1);
  if (last?.name !== "__LINKEDIT") problems.push("__LINKEDIT is not the last");
  if (fileEnd !== size) {
    problems.push(`its segments have ${fileEnd} bytes, the file has ${size}`);
  }
  return problems;
}

async function signatureProblems(
  bytes: Uint8Array<ArrayBuffer>,
  { offset, size }: { offset: number; size: number },
): Promise<string[]> {
  if (offset + size !== bytes.length) {
    return ["its signature is not at the end of the file"];
  }
  const directory = codeDirectoryOf(bytes.subarray(offset));
  if (!directory) return ["its signature has no code directory with SHA-256"];
  const { codeLimit, pageSize, hashes } = directory;
  if (codeLimit !== offset) {
    return [`its signature is for ${codeLimit} bytes of ${offset}`];
  }
  const actual = await pageHashes(bytes.subarray(0, offset), pageSize);
  const wrong = actual.filter((it, page) => it !== hashes[page]).length;
  return actual.length === hashes.length && wrong === 0
    ? []
    : [`its signature does not match ${wrong} of ${actual.length} pages`];
}

/** The hashes of the pages, according to a signature. */
interface CodeDirectory {
  codeLimit: number;
  pageSize: number;
  hashes: string[];
}

function codeDirectoryOf(
  signature: Uint8Array<ArrayBuffer>,
): CodeDirectory | undefined {
  const view = viewOf(signature);
  if (view.getUint32(0) !== SUPER_BLOB) return undefined;
  for (let index = 0; index < view.getUint32(8); index++) {
    const at = view.getUint32(16 + index * 8);
    if (view.getUint32(at) !== CODE_DIRECTORY) continue;
    if (view.getUint8(at + 37) !== SHA_256) continue;
    const first = at + view.getUint32(at + 16);
    const hashes = Array.from(
      { length: view.getUint32(at + 28) },
      (_, page) => {
        const begin = first + page * HASH_SIZE;
        return signature.subarray(begin, begin + HASH_SIZE).toHex();
      },
    );
    const pageSize = 2 ** view.getUint8(at + 39);
    return { codeLimit: view.getUint32(at + 32), pageSize, hashes };
  }
  return undefined;
}

/**
 * Returns the file with a new signature in place of its old one: without a name
 * (ad hoc), over every page, like `codesign --sign -`.
 *
 * @throws {Error} If the file has no room for a signature at its end.
 */
export async function signAdHoc(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const { segments, signature } = readMachO(bytes);
  const text = segments.find((it) => it.name === "__TEXT");
  const last = segments.at(-1);
  if (!signature || !text || last?.name !== "__LINKEDIT") {
    throw new Error("Cannot sign: there is no place for a signature");
  }
  const { offset } = signature;
  const identifier = new TextEncoder().encode(`${name}\0`);
  const pages = Math.ceil(offset / 2 ** PAGE_BITS);
  const hashesAt = DIRECTORY_HEADER_SIZE + identifier.length;
  const directorySize = hashesAt + pages * HASH_SIZE;
  const size = SUPER_BLOB_HEADER_SIZE + directorySize;

  const signed = new Uint8Array(offset + size);
  signed.set(bytes.subarray(0, offset));
  const header = viewOf(signed);
  header.setUint32(signature.commandAt + 12, size, true);
  const linkEditSize = offset + size - last.offset;
  const pageOfMemory = 2 ** 14; // the larger one of the two processors
  const memorySize = Math.ceil(linkEditSize / pageOfMemory) * pageOfMemory;
  header.setBigUint64(last.commandAt + 32, BigInt(memorySize), true);
  header.setBigUint64(last.commandAt + 48, BigInt(linkEditSize), true);

  const view = viewOf(signed.subarray(offset));
  [SUPER_BLOB, size, 1, 0, SUPER_BLOB_HEADER_SIZE].forEach((it, index) =>
    view.setUint32(index * 4, it)
  );
  const at = SUPER_BLOB_HEADER_SIZE;
  const version = VERSION_WITH_EXECUTABLE_SEGMENT;
  [
    ...[CODE_DIRECTORY, directorySize, version, AD_HOC],
    ...[hashesAt, DIRECTORY_HEADER_SIZE, 0, pages, offset],
  ].forEach((it, index) => view.setUint32(at + index * 4, it));
  [HASH_SIZE, SHA_256, 0, PAGE_BITS].forEach((it, index) =>
    view.setUint8(at + 36 + index, it)
  );
  view.setBigUint64(at + 64, BigInt(text.offset));
  view.setBigUint64(at + 72, BigInt(text.size));
  view.setBigUint64(at + 80, MAIN_BINARY);
  signed.set(identifier, offset + at + DIRECTORY_HEADER_SIZE);
  const hashes = await pageHashes(signed.subarray(0, offset), 2 ** PAGE_BITS);
  signed.set(
    Uint8Array.fromHex(hashes.join("")),
    offset + at + hashesAt,
  );
  return signed;
}

async function pageHashes(
  bytes: Uint8Array<ArrayBuffer>,
  pageSize: number,
): Promise<string[]> {
  const hashes: string[] = [];
  for (let at = 0; at < bytes.length; at += pageSize) {
    const page = bytes.subarray(at, at + pageSize);
    const digest = await crypto.subtle.digest("SHA-256", page);
    hashes.push(new Uint8Array(digest).toHex());
  }
  return hashes;
}

function segmentAt(view: DataView, at: number): Segment {
  const name = new Uint8Array(view.buffer, view.byteOffset + at + 8, 16);
  const number = (offset: number) =>
    Number(view.getBigUint64(at + offset, true));
  return {
    name: new TextDecoder().decode(name).replace(/\0+$/, ""),
    address: number(24),
    memorySize: number(32),
    offset: number(40),
    size: number(48),
    commandAt: at,
  };
}

function viewOf(bytes: Uint8Array<ArrayBuffer>): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
