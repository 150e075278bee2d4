import { errorCode, type FileInfo, runtime } from "../../system/mod.ts";
import { sameBytes } from "../../disk/bytes.ts";

/** An entry that is there. */
export interface KnownEntry {
  /** Where it is. */
  path: string;
  /** What it is. */
  info: FileInfo;
}

/** Larger files are taken to differ. */
const MOST_COMPARED_BYTES = 1024 * 1024;

/** Whether two entries are files of the same content, or links that read alike. */
export async function haveSameContent(
  one: KnownEntry,
  other: KnownEntry,
): Promise<boolean> {
  const { files } = runtime;
  if (one.info.kind !== other.info.kind) return false;
  if (one.info.kind === "link") {
    return await files.readLink(one.path) === await files.readLink(other.path);
  }
  if (one.info.size !== other.info.size) return false;
  const bytes = await readBoth(one, other);
  return bytes !== undefined && sameBytes(...bytes);
}

/** Whether all that is in the file `part` is in the file `whole` as well. */
export async function isWithin(
  part: KnownEntry,
  whole: KnownEntry,
): Promise<boolean> {
  if (part.info.size > whole.info.size) return false;
  const bytes = await readBoth(part, whole);
  if (!bytes) return false;
  const latin = new TextDecoder("latin1"); // a letter for each byte
  const [inner, outer] = bytes.map((it) => latin.decode(it));
  return inner !== undefined && outer !== undefined && outer.includes(inner);
}

async function readBoth(
  one: KnownEntry,
  other: KnownEntry,
): Promise<[Uint8Array, Uint8Array] | undefined> {
  const a = await readBytes(one);
  const b = await readBytes(other);
  return a && b ? [a, b] : undefined;
}

/** What cannot be read is taken to differ. */
async function readBytes(
  { path, info }: KnownEntry,
): Promise<Uint8Array | undefined> {
  if (info.kind !== "file" || info.size > MOST_COMPARED_BYTES) return undefined;
  try {
    return await runtime.files.read(path, MOST_COMPARED_BYTES);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}
