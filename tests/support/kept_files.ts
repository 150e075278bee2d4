/**
 * The logins beside the slots, by their names on the disk: earlier ones, and
 * those in the stash.
 *
 * @module
 */

import { dated, randomHex, slotPath } from "../../lib/disk/names.ts";
import type { Layout } from "../../lib/disk/layout.ts";
import { namesIfAny } from "./names_in.ts";

const GENERATION = /^oauth_creds_(\d+)\.(\d{6,9})\.\d{8}T\d{9}Z\.json$/;
const REMOVED = /\.removed_(\d+)\.(?:json|env)$/;

/** The generations of account `index`, newest first: paths. */
export async function generationPaths(
  { generations }: Layout,
  index: number,
): Promise<string[]> {
  const numberOf = (name: string) => Number(GENERATION.exec(name)?.[2]);
  return (await namesIfAny(generations))
    .filter((it) => GENERATION.exec(it)?.[1] === `${index}`)
    .sort((a, b) => numberOf(b) - numberOf(a))
    .map((it) => `${generations}/${it}`);
}

/** A login of an account. */
export interface LoginOf {
  /** The account. */
  index: number;
  /** The content of its file. */
  bytes: Uint8Array;
}

/** Makes a login the newest generation of its account. */
export async function addGeneration(
  layout: Layout,
  { index, bytes }: LoginOf,
): Promise<void> {
  const { generations } = layout;
  await Deno.mkdir(generations, { recursive: true, mode: 0o700 });
  const [newest = ""] = await generationPaths(layout, index);
  const [, , last = "0"] = GENERATION.exec(baseOf(newest)) ?? [];
  const number = `${Number(last) + 1}`.padStart(6, "0");
  const name = `oauth_creds_${index}.${number}.${dated(Date.now())}.json`;
  await Deno.writeFile(`${generations}/${name}`, bytes, { mode: 0o600 });
}

/** Puts a login into the slot of its account, and both into the generations. */
export async function replaceLogin(
  layout: Layout,
  { index, bytes }: LoginOf,
): Promise<void> {
  const path = slotPath(layout, index);
  const hasKept = (await generationPaths(layout, index)).length > 0;
  const before = await Deno.readFile(path).catch(() => undefined);
  if (before && !hasKept) await addGeneration(layout, { index, bytes: before });
  await addGeneration(layout, { index, bytes });
  await Deno.writeFile(path, bytes, { mode: 0o600 });
}

/** The files in the stash that no removed account has left, oldest first. */
export async function stashPaths({ stash }: Layout): Promise<string[]> {
  return (await namesIfAny(stash))
    .filter((it) => !it.endsWith(".tmp") && !REMOVED.test(it))
    .map((it) => `${stash}/${it}`);
}

/** Stashes `bytes`, which may belong to `suspects`; returns the file name. */
export async function addToStash(
  { stash }: Layout,
  bytes: Uint8Array,
  { suspects = [], now }: { suspects?: readonly number[]; now: number },
): Promise<string> {
  await Deno.mkdir(stash, { recursive: true, mode: 0o700 });
  const owners = suspects.length > 0 ? `.of_${suspects.join("_")}` : "";
  const name = `oauth_creds.${dated(now)}-${randomHex(4)}${owners}.json`;
  await Deno.writeFile(`${stash}/${name}`, bytes, { mode: 0o600 });
  return name;
}

/** The accounts to which a stashed file may belong, by its name. */
export function suspectsIn(path: string): number[] {
  const [, list] = /\.of_([\d_]+)\.json$/.exec(path) ?? [];
  return list?.split("_").map(Number) ?? [];
}

/** The files in the stash that belonged to removed accounts. */
export async function removedFiles(
  { stash }: Layout,
): Promise<{ index: number; path: string }[]> {
  return (await namesIfAny(stash)).flatMap((it) => {
    const index = REMOVED.exec(it)?.[1];
    return index ? [{ index: Number(index), path: `${stash}/${it}` }] : [];
  });
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
