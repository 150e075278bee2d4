import { runtime } from "../runtime/mod.ts";
import { sameBytes } from "./bytes.ts";
import { readCredential } from "./credential_file.ts";
import { FILE_MODE, type Layout } from "./layout.ts";
import { makeFolder } from "./permissions.ts";
import { basename, dated, randomHex } from "./names.ts";

/** More in a name than this would be too long for some file systems. */
const MOST_SUSPECTS_LENGTH = 120;

const SUSPECTS = /\.of_([1-9]\d*(?:_[1-9]\d*)*|any)\.json$/;

/**
 * Moves the file at `path` to the stash, where nothing is ever overwritten,
 * and returns its new path. Its name tells of which accounts it may be, the
 * `suspects`: so that is known as soon as it lies there. The caller holds the
 * lock.
 */
export async function stashFile(
  layout: Layout,
  path: string,
  { now, suspects = [] }: { now: number; suspects?: Iterable<number> },
): Promise<string> {
  const { files } = runtime;
  await makeFolder(layout.stash);
  await files.chmod(path, FILE_MODE);
  const suffix = suspectsSuffix([...suspects]);
  const name = `oauth_creds.${dated(now)}-${randomHex(4)}${suffix}.json`;
  await files.rename(path, `${layout.stash}/${name}`);
  await files.syncFolder(layout.stash);
  return `${layout.stash}/${name}`;
}

/** The stashed credentials, oldest first: paths. */
export async function listStash(layout: Layout): Promise<string[]> {
  const names = await runtime.files.list(layout.stash);
  return names.map((it) => `${layout.stash}/${it}`);
}

/** Whether a stashed credential is `bytes`. */
export async function isStashed(
  layout: Layout,
  bytes: Uint8Array,
): Promise<boolean> {
  for (const path of await listStash(layout)) {
    const stashed = await readCredential(path);
    if ("bytes" in stashed && sameBytes(stashed.bytes, bytes)) return true;
  }
  return false;
}

/** The accounts among `slots` of which the stashed file at `path` may be. */
export function suspectsOf(path: string, slots: readonly number[]): number[] {
  const list = SUSPECTS.exec(basename(path))?.[1];
  if (list === "any") return [...slots];
  const suspects = list?.split("_").map(Number) ?? [];
  return slots.filter((it) => suspects.includes(it));
}

function suspectsSuffix(suspects: readonly number[]): string {
  if (suspects.length === 0) return "";
  const list = suspects.toSorted((a, b) => a - b).join("_");
  return list.length > MOST_SUSPECTS_LENGTH ? ".of_any" : `.of_${list}`;
}
