import { runtime } from "../runtime/mod.ts";
import { readCredential } from "./credential_file.ts";
import type { Layout } from "./layout.ts";
import { basename, replacedBy } from "./names.ts";
import { slotIndex } from "./slot_names.ts";

/** What a killed process left under a temporary name. */
export interface Leftover {
  /** Where it is. */
  path: string;
  /**
   * The slot that it is about: the one it was taken from or was to go into, or
   * where a link leads. `undefined` for a credential from the live file.
   */
  slot: number | undefined;
  /**
   * A credential that we moved, one that the CLI was writing, or a link of ours
   * that was taken away or not yet put.
   */
  kind: "credential" | "written" | "link";
}

/** The CLI's own temporary name for the live file, 0.1.4 to 0.24.4. */
const CLI_TEMPORARY = /^oauth_creds\.json\.tmp\./;

/** The CLI renames at once what it has written. */
const CLI_RENAMES_WITHIN_MS = 5_000;

/**
 * Finds what killed processes left under temporary names, and removes what is
 * of no use. The caller holds the lock, so none of ours is at work on any of
 * them; one of a CLI that was killed holds tokens that are nowhere else.
 */
export async function findLeftovers(
  layout: Layout,
  now: number = Date.now(),
): Promise<Leftover[]> {
  const leftovers: Leftover[] = [];
  for (const folder of [layout.root, layout.accounts]) {
    for (const name of await runtime.files.list(folder)) {
      const path = `${folder}/${name}`;
      if (CLI_TEMPORARY.test(name) && folder === layout.root) {
        const info = await runtime.files.info(path);
        const age = now - (info?.mtimeMs ?? now);
        if (info?.kind !== "file" || age < CLI_RENAMES_WITHIN_MS) continue;
        if ("problem" in await readCredential(path)) {
          await runtime.files.remove(path); // it was being written
        } else {
          leftovers.push({ path, slot: undefined, kind: "written" });
        }
      }
      if (replacedBy(name) === undefined) continue;
      const leftover = await examineLeftover(layout, path);
      if (leftover) leftovers.push(leftover);
      else await removeUseless(path);
    }
  }
  return leftovers;
}

/**
 * Says what is at the temporary name `path`; `undefined` if that is of no use
 * to anybody.
 */
export async function examineLeftover(
  layout: Layout,
  path: string,
): Promise<Leftover | undefined> {
  const replaced = replacedBy(basename(path)) ?? "";
  const slot = slotIndex(replaced);
  if (slot === undefined && replaced !== basename(layout.live)) {
    return undefined;
  }
  const info = await runtime.files.info(path);
  if (info?.kind === "file") return { path, slot, kind: "credential" };
  const target = await runtime.files.readLink(path);
  if (target === undefined || slot !== undefined) return undefined;
  const linked = slotIndex(basename(target));
  return linked === undefined
    ? undefined
    : { path, slot: linked, kind: "link" };
}

/** A folder at such a name is none of ours, and in nobody's way. */
export async function removeUseless(path: string): Promise<void> {
  const info = await runtime.files.info(path);
  if (info && info.kind !== "folder") await runtime.files.remove(path);
}
