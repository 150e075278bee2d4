import { runtime } from "../runtime/mod.ts";
import { writeAtomic } from "./atomic_write.ts";
import { sameBytes } from "./bytes.ts";
import type { Layout } from "./layout.ts";

/** More is not ours. */
const MAX_BYTES = 64 * 1024;

/**
 * Makes `text` the settings of the CLI that hold in our runs, below all that
 * the user has set. The caller holds the lock.
 */
export async function saveCliDefaults(
  layout: Layout,
  text: string,
): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  const present = await runtime.files.read(layout.cliDefaults, MAX_BYTES);
  if (present && sameBytes(present, bytes)) return;
  await writeAtomic(layout.cliDefaults, bytes);
}
