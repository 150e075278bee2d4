import { runtime } from "../runtime/mod.ts";
import { sameBytes } from "./bytes.ts";
import { MAX_CREDENTIAL_BYTES } from "./credential.ts";
import { FILE_MODE, FOLDER_MODE, type Layout } from "./layout.ts";
import { dated, randomHex } from "./names.ts";
import { slotName } from "./slot_names.ts";

/** How many earlier contents of a slot are kept. */
const KEPT_GENERATIONS = 5;

/** The kept contents of the slot of account `index`, newest first: paths. */
export async function listGenerations(
  layout: Layout,
  index: number,
): Promise<string[]> {
  const prefix = generationPrefix(index);
  const names = await runtime.files.list(layout.generations);
  return names.filter((it) => it.startsWith(prefix)).reverse()
    .map((it) => `${layout.generations}/${it}`);
}

/**
 * Moves the file at `path` to the generations of account `index` and removes
 * those beyond the fifth. A content that is the newest generation already is
 * not kept twice. The caller holds the lock.
 */
export async function keepGeneration(
  layout: Layout,
  index: number,
  path: string,
  now: number,
): Promise<void> {
  const { files } = runtime;
  const kept = await listGenerations(layout, index);
  if (kept[0] && await sameContent(kept[0], path)) {
    await files.remove(path);
    return;
  }
  await files.makeFolder(layout.generations, FOLDER_MODE);
  await files.chmod(layout.generations, FOLDER_MODE);
  await files.chmod(path, FILE_MODE);
  const name = `${generationPrefix(index)}${dated(now)}-${randomHex(4)}.json`;
  await files.rename(path, `${layout.generations}/${name}`);
  await files.syncFolder(layout.generations);
  for (const old of kept.slice(KEPT_GENERATIONS - 1)) await files.remove(old);
}

function generationPrefix(index: number): string {
  return slotName(index).replace(/json$/, "");
}

async function sameContent(a: string, b: string): Promise<boolean> {
  return sameBytes(
    await runtime.files.read(a, MAX_CREDENTIAL_BYTES),
    await runtime.files.read(b, MAX_CREDENTIAL_BYTES),
  );
}
