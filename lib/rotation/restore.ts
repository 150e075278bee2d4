import { InvalidCredentialError } from "../errors.ts";
import { runtime } from "../runtime/mod.ts";
import { sameBytes } from "../store/bytes.ts";
import { readCredential } from "../store/credential_file.ts";
import { findDoubtful } from "../store/doubt.ts";
import { listGenerations } from "../store/generations.ts";
import { basename } from "../store/names.ts";
import { readSlot, writeSlot } from "../store/slots.ts";
import { withoutBlock } from "../store/state.ts";
import type { Locked } from "../store/update.ts";
import { settle } from "./settle.ts";
import { requireAccount } from "./switch_account.ts";

/** What to put into a slot. */
export interface RestoreOptions {
  /** How many contents to go back, from 1. @default 1 */
  generation?: number | undefined;
  /** The name of a stashed credential to take instead; it leaves the stash. */
  stash?: string | undefined;
}

/**
 * Puts an earlier content, or a stashed credential, into the slot of account
 * `index`. The present content is kept as a generation. Returns the name of
 * the file that it was in.
 *
 * @throws {MissingAccountError} If there is no such account.
 * @throws {InvalidCredentialError} If there is no such content, or it is none.
 */
export async function restoreSlot(
  locked: Locked,
  index: number,
  { generation = 1, stash }: RestoreOptions,
): Promise<string> {
  const { layout, now } = locked;
  requireAccount(locked, index);
  await settle(locked);
  const path = stash === undefined
    ? await findGeneration(locked, index, generation)
    : `${layout.stash}/${basename(stash)}`;
  const found = await readCredential(path);
  if ("problem" in found) {
    throw new InvalidCredentialError(path, `it ${found.problem}`);
  }
  await writeSlot(layout, index, found.bytes, now);
  locked.state = withoutBlock(locked.state, index);
  if (stash !== undefined) await runtime.files.remove(path);
  locked.doubtful = await findDoubtful(layout, locked.slots);
  locked.record({
    level: "info",
    event: "credential_restored",
    from: null,
    to: index,
    reason: stash === undefined ? "a generation" : "from the stash",
  });
  return basename(path);
}

/** The present content is among the generations; it is not an earlier one. */
async function findGeneration(
  { layout }: Locked,
  index: number,
  generation: number,
): Promise<string> {
  const present = await readSlot(layout, index);
  const earlier: string[] = [];
  for (const path of await listGenerations(layout, index)) {
    const found = await readCredential(path);
    if ("problem" in found) continue;
    const isPresent = "bytes" in present &&
      sameBytes(found.bytes, present.bytes);
    if (!isPresent) earlier.push(path);
  }
  const path = earlier[generation - 1];
  if (path !== undefined) return path;
  throw new InvalidCredentialError(
    `generation ${generation} of account ${index}`,
    `${earlier.length} earlier ones are kept`,
  );
}
