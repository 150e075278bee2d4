import {
  InvalidCredentialError,
  MissingAccountError,
  WrongAccountError,
} from "../errors.ts";
import { sameBytes } from "../store/bytes.ts";
import {
  type Found,
  type NotFound,
  readCredential,
} from "../store/credential_file.ts";
import {
  leaveToStash,
  listGenerations,
  listKeptAccounts,
} from "../store/generations.ts";
import { basename } from "../store/names.ts";
import { readSlot, writeSlot } from "../store/slots.ts";
import { suspectsOf } from "../store/stash.ts";
import { withoutBlock } from "../store/state.ts";
import type { Locked } from "../store/update.ts";
import { addSlot, weighDoubt } from "./adopt.ts";
import { usableAccounts } from "./block.ts";
import { contradictionTo } from "./owner.ts";
import { accountInsteadOf } from "./pick.ts";
import { settle } from "./settle.ts";
import { switchAccount } from "./switch_account.ts";

/** What to put into a slot. */
export interface RestoreOptions {
  /** How many contents to go back, from 1. @default 1 */
  generation?: number | undefined;
  /** The name of a stashed credential to take instead; it stays there too. */
  stash?: string | undefined;
}

/**
 * Puts an earlier content, or a stashed credential, into the slot of account
 * `index`. The present content is kept as a generation, or in the stash, if it
 * lies there: so a wrong guess can be undone. Returns the name of the file that
 * it was in.
 *
 * @throws {MissingAccountError} If there is no such account.
 * @throws {InvalidCredentialError} If there is no such content, or it is none.
 * @throws {WrongAccountError} If the stashed credential is of somebody else.
 */
export async function restoreSlot(
  locked: Locked,
  index: number,
  { generation = 1, stash }: RestoreOptions,
): Promise<string> {
  const { layout, now } = locked;
  const kept = await listKeptAccounts(layout);
  if (!locked.slots.includes(index) && !kept.includes(index)) {
    throw new MissingAccountError(index, locked.slots);
  }
  const before = await readSlot(layout, index);
  const active = await settle(locked);
  const path = stash === undefined
    ? await findGeneration(locked, index, { generation, before })
    : `${layout.stash}/${basename(stash)}`;
  const found = await readCredential(path);
  if ("problem" in found) {
    throw new InvalidCredentialError(path, `it ${found.problem}`);
  }
  if (stash !== undefined) await weighGuess(locked, index, { path, found });
  await replaceLogin(locked, index, active);
  await leaveToStash(layout, index, found.bytes);
  await writeSlot(layout, index, found.bytes, now, { heedsStash: true });
  addSlot(locked, index);
  locked.state = withoutBlock(locked.state, index);
  locked.record({
    level: "info",
    event: "credential_restored",
    from: null,
    to: index,
    reason: stash === undefined ? "a generation" : "from the stash",
  });
  await weighDoubt(locked);
  await leadOn(locked, index, active);
  return basename(path);
}

/**
 * The present content is among the generations; it is not an earlier one. But
 * where the slot was of no use `before`, the newest one is.
 */
async function findGeneration(
  { layout, notify }: Locked,
  index: number,
  { generation, before }: { generation: number; before: Found | NotFound },
): Promise<string> {
  const isUseless = "problem" in before;
  if (isUseless) {
    notify(
      `account ${index}: its slot ${before.problem}, so the newest login ` +
        "that is kept is the first one back",
    );
  }
  const present = isUseless ? before : await readSlot(layout, index);
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

/**
 * Refuses what is known to be wrong, and warns of what is not likely.
 *
 * @throws {WrongAccountError} If the credential is of somebody else.
 */
async function weighGuess(
  { layout, slots, notify }: Locked,
  index: number,
  { path, found }: { path: string; found: Found },
): Promise<void> {
  const name = basename(path);
  const problem = await contradictionTo(layout, found, { index, slots });
  if (problem !== undefined) throw new WrongAccountError(name, index, problem);
  const suspects = suspectsOf(path, slots);
  if (suspects.length === 0 || suspects.includes(index)) return;
  notify(
    `${name} was taken for one of account ${suspects.join(" or ")}; ` +
      `account-qwen restore ${index} undoes this`,
  );
}

/**
 * Puts the link in the place of a login of the CLI: the next command would
 * bring that home once more, over what is restored.
 */
async function replaceLogin(
  locked: Locked,
  index: number,
  active: number | undefined,
): Promise<void> {
  if (locked.live.kind !== "file") return;
  const usable = usableAccounts(locked);
  const to = [active, index].find((it) => it && usable.includes(it));
  if (to === undefined) return;
  await switchAccount(locked, { from: active ?? to, to, reason: "restored" });
}

/** Leads the CLI to account `index` if it is led nowhere, or must not be there. */
async function leadOn(
  locked: Locked,
  index: number,
  active: number | undefined,
): Promise<void> {
  const { live, doubtful } = locked;
  if (live.kind === "slot" && !doubtful.has(live.index)) return;
  const usable = usableAccounts(locked);
  const to = usable.find((it) => it === index) ??
    await accountInsteadOf(locked, index);
  if (to === undefined) return;
  await switchAccount(locked, { from: active ?? to, to, reason: "restored" });
}
