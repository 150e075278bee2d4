import { runtime } from "../system/mod.ts";
import { writeAtomic } from "../disk/files.ts";
import type { LoginIdentity } from "../agents/home_login.ts";
import type { Layout } from "../disk/layout.ts";
import { parseAccount } from "./state_document.ts";
import type { State } from "./state.ts";

const MAX_BYTES = 4 * 1024 * 1024;

/** What is copied beside the slots, in case `state.yaml` is lost. */
export interface KeptNames {
  /** The labels, by account number. */
  labels: ReadonlyMap<number, string>;
  /** Whose login each account has that keeps it in a folder. */
  owners: ReadonlyMap<number, LoginIdentity>;
}

/** The member of the copy with the owners; the others are labels. */
const OWNERS = "owners";

/** Invisible characters: soft hyphens, and spaces and joiners without width. */
const INVISIBLE = /[\u00ad\u200b-\u200d\u2060\ufeff]/g;

/**
 * Returns `label` in a form for comparison. Labels that differ only in case, in
 * their Unicode form or in invisible characters count as the same.
 */
export function foldedLabel(label: string): string {
  return label.replace(INVISIBLE, "").trim().normalize("NFKC").toLowerCase();
}

/** Returns the part of a state that is copied; removed accounts keep their labels. */
export function keptNamesOf({ accounts }: Pick<State, "accounts">): KeptNames {
  const labels = new Map<number, string>();
  const owners = new Map<number, LoginIdentity>();
  for (const [index, { label, login }] of accounts) {
    if (label !== undefined) labels.set(index, label);
    if (login) owners.set(index, login);
  }
  return { labels, owners };
}

/** Whether nothing needs a copy. */
export function isEmpty({ labels, owners }: KeptNames): boolean {
  return labels.size + owners.size === 0;
}

/**
 * Reads the copy of the labels and the owners beside the slots, which is used
 * when `state.yaml` is lost. An unusable copy counts as empty.
 */
export async function readNames(layout: Layout): Promise<KeptNames> {
  try {
    const bytes = await runtime.files.read(layout.labels, MAX_BYTES);
    const found = { ...JSON.parse(new TextDecoder().decode(bytes)) };
    const labelIn = (it: unknown) => typeof it === "string" ? it : undefined;
    const ownerIn = (it: unknown) => parseAccount(it, "", () => {}).login;
    return {
      labels: byAccount(found, labelIn),
      owners: byAccount({ ...found[OWNERS] }, ownerIn),
    };
  } catch {
    return { labels: new Map(), owners: new Map() };
  }
}

/** Returns the members of `found` that are called by a number. */
function byAccount<T>(
  found: Record<string, unknown>,
  read: (value: unknown) => T | undefined,
): Map<number, T> {
  const all = new Map<number, T>();
  for (const [index, value] of Object.entries(found)) {
    const known = /^[1-9]\d{0,8}$/.test(index) ? read(value) : undefined;
    if (known !== undefined) all.set(Number(index), known);
  }
  return all;
}

/**
 * Writes `names` to the copy beside the slots, unless it has them already. The
 * caller holds the lock.
 */
export async function saveNames(
  layout: Layout,
  names: KeptNames,
): Promise<void> {
  const text = format(names);
  if (format(await readNames(layout)) === text) return;
  await writeAtomic(layout.labels, new TextEncoder().encode(text));
}

function format({ labels, owners }: KeptNames): string {
  const sorted = <T>(all: ReadonlyMap<number, T>) =>
    Object.fromEntries([...all].sort(([a], [b]) => a - b));
  const ofLogins = owners.size > 0 ? { [OWNERS]: sorted(owners) } : {};
  const all = { ...sorted(labels), ...ofLogins };
  return `${JSON.stringify(all, undefined, 2)}\n`;
}
