import { runtime } from "../runtime/mod.ts";
import type { Layout } from "./layout.ts";
import { basename, replacedBy } from "./names.ts";
import { slotIndex } from "./slot_names.ts";

/** A credential that a killed process left under a temporary name. */
export interface Leftover {
  /** Where it is. */
  path: string;
  /** The slot it was taken from or was to go into; none for the live file. */
  slot: number | undefined;
}

/**
 * Removes what killed processes left under temporary names, and returns those
 * that may be the only copy of a credential. The caller holds the lock, so
 * nobody is at work on any of them.
 */
export async function sweepLeftovers(layout: Layout): Promise<Leftover[]> {
  const leftovers: Leftover[] = [];
  for (const folder of [layout.root, layout.accounts]) {
    for (const name of await runtime.files.list(folder)) {
      const replaced = replacedBy(name);
      if (replaced === undefined) continue;
      const path = `${folder}/${name}`;
      const slot = slotIndex(replaced);
      const isCredential = slot !== undefined ||
        replaced === basename(layout.live);
      const info = await runtime.files.info(path);
      if (isCredential && info?.kind === "file" && info.size > 0) {
        leftovers.push({ path, slot });
      } else if (info?.kind !== "folder") {
        await runtime.files.remove(path);
      }
    }
  }
  return leftovers;
}
