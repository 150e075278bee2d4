import { bunAtCalls } from "./bun/libc.ts";
import { denoAtCalls } from "./deno/libc.ts";
import { runtime } from "./mod.ts";
import { ownedFiles } from "./owned_files.ts";

/**
 * For each folder that root uses for its owner, the function that gives it
 * back.
 */
const givenBack = new Map<string, () => Promise<void>>();

/**
 * Uses {@linkcode ownedFiles} for the folder `root` if we are root and it
 * belongs to somebody else, as in a container. Without the right to call the C
 * library nothing changes, and the folder is refused later.
 */
export function workForOwner(root: string): void {
  const { host } = runtime;
  if (host.uid !== 0 || host.os !== "linux" || givenBack.has(root)) return;
  const owner = host.ownerOf(root);
  if (!owner || owner.uid === 0) return;
  try {
    const calls = "Deno" in globalThis ? denoAtCalls() : bunAtCalls();
    const owned = ownedFiles(runtime.files, calls, { root, ...owner });
    runtime.files = owned.files;
    givenBack.set(root, owned.giveBack);
  } catch {
    // it cannot be made safe; `permissions.ts` reports the owner
  }
}

/** Gives files that a run as root left in `root` to its owner. */
export async function giveBackToOwner(root: string): Promise<void> {
  await givenBack.get(root)?.();
}
