import type { Found } from "./credential_file.ts";
import { Contents } from "./contents.ts";
import { listGenerations } from "./generations.ts";
import type { Layout } from "../../disk/layout.ts";
import type { Leftover } from "../settle/leftovers.ts";
import { readSlot } from "./slots.ts";
import type { Snapshot } from "../snapshot.ts";

/** What says where the link leads, and where it has led. */
export interface Links
  extends Pick<Snapshot, "layout" | "slots" | "live" | "state"> {
  /** What killed processes have left. @default nothing */
  leftovers?: readonly Leftover[];
}

/** The accounts to whose slot the link leads, or has led since the last save. */
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
 * The contents of these slots, by account, that were written through the link
 * since the last copy was made, whoever wrote them.
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
 * there since the last copy was made. Without any copy the answer is no: the
 * link has never led there.
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
