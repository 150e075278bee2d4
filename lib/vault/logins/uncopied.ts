import type { Found } from "./credential_file.ts";
import { Contents } from "./contents.ts";
import { listGenerations } from "./generations.ts";
import type { Layout } from "../../disk/layout.ts";
import type { Leftover } from "../settle/leftovers.ts";
import { readSlot } from "./slots.ts";
import type { Snapshot } from "../snapshot.ts";

/** What shows where the link points, and where it has pointed. */
export interface Links
  extends Pick<Snapshot, "layout" | "slots" | "live" | "state"> {
  /** What killed processes left behind. @default nothing */
  leftovers?: readonly Leftover[];
}

/**
 * Returns the accounts to whose slot the link points, or has pointed since the
 * last save.
 */
export function linkedAccounts(
  { live, state, slots, leftovers = [] }: Links,
): number[] {
  const links = leftovers.filter((it) => it.kind === "link");
  const linked = new Set([
    state.currentIndex,
    live.kind === "slot" ? live.index : undefined,
    ...links.map((it) => it.slot),
  ]);
  return slots.filter((it) => linked.has(it));
}

/**
 * Returns the contents of these slots, by account, that were written through
 * the link since the last copy to the generations, whoever wrote them.
 */
export async function findUncopied(links: Links): Promise<Map<number, Found>> {
  const found = new Map<number, Found>();
  for (const index of linkedAccounts(links)) {
    const slot = await readSlot(links.layout, index);
    if ("problem" in slot) continue;
    const isNew = await isUncopied(links.layout, index, slot.bytes);
    if (isNew) found.set(index, slot);
  }
  return found;
}

/**
 * Whether `bytes`, the content of the slot of account `index`, was written
 * there since the last copy to the generations. Returns `false` if there is no
 * copy: then the link has never pointed there.
 */
export async function isUncopied(
  layout: Layout,
  index: number,
  bytes: Uint8Array,
): Promise<boolean> {
  const generations = await listGenerations(layout, index);
  if (generations.length === 0) return false;
  return (await new Contents(generations).find(bytes)).length === 0;
}
