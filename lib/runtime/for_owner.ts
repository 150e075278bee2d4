import { bunAtCalls } from "./bun_libc.ts";
import { denoAtCalls } from "./deno_libc.ts";
import { runtime } from "./mod.ts";
import { ownedFiles } from "./owned_files.ts";

/** What gives each folder back that root uses for its owner. */
const givenBack = new Map<string, () => Promise<void>>();

/**
 * Lets us work in the folder `root` for its owner, where we are root and that is
 * somebody else, as in a container: see {@linkcode ownedFiles}. Without the
 * right to call the C library nothing changes, and the folder is refused.
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
    // it cannot be made safe: `permissions.ts` says whose the folder is
  }
}

/** Gives to the owner of `root` what a run as root has left there. */
export async function giveBackToOwner(root: string): Promise<void> {
  await givenBack.get(root)?.();
}
