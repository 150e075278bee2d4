import { runtime } from "../system/mod.ts";
import { writeAtomic } from "../disk/atomic_write.ts";
import type { Layout } from "../disk/layout.ts";
import type { State } from "./state.ts";

const MAX_BYTES = 4 * 1024 * 1024;

/** What the user calls the accounts, by index. */
export type Labels = ReadonlyMap<number, string>;

/** Characters that take no room and cannot be seen: spaces, joiners, hyphens. */
const UNSEEN = /[\u00ad\u200b-\u200d\u2060\ufeff]/g;

/**
 * Two labels that differ in case, in the form of a letter, or in what cannot be
 * seen are the same.
 */
export function foldedLabel(label: string): string {
  return label.replace(UNSEEN, "").trim().normalize("NFKC").toLowerCase();
}

/** The labels that `state` has, also of removed accounts. */
export function labelsOf(state: Pick<State, "accounts">): Labels {
  const labels = new Map<number, string>();
  for (const [index, { label }] of state.accounts) {
    if (label !== undefined) labels.set(index, label);
  }
  return labels;
}

/**
 * Reads the copy of the labels that lies beside the slots, for a `state.yaml`
 * that is lost; an unusable copy counts as empty.
 */
export async function readLabels(layout: Layout): Promise<Labels> {
  try {
    const bytes = await runtime.files.read(layout.labels, MAX_BYTES);
    const found = JSON.parse(new TextDecoder().decode(bytes));
    return new Map(
      Object.entries({ ...found }).flatMap(([index, label]) =>
        /^[1-9]\d{0,8}$/.test(index) && typeof label === "string"
          ? [[Number(index), label]]
          : []
      ),
    );
  } catch {
    return new Map();
  }
}

/**
 * Makes `labels` the copy beside the slots, unless it says the same. The caller
 * holds the lock.
 */
export async function saveLabels(
  layout: Layout,
  labels: Labels,
): Promise<void> {
  const text = formatLabels(labels);
  if (formatLabels(await readLabels(layout)) === text) return;
  await writeAtomic(layout.labels, new TextEncoder().encode(text));
}

function formatLabels(labels: Labels): string {
  const sorted = [...labels].sort(([a], [b]) => a - b);
  return `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`;
}
