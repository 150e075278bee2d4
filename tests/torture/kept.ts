import type { Place } from "./arena.ts";
import { isFile, namesIn } from "./look.ts";
import { readText } from "./read_text.ts";
import { type Pair, parsePair } from "./tokens.ts";

/** The kind of place that holds a credential. */
export type Kind = "slots" | "generations" | "stash" | "live" | "temporary";

/** A file that holds, or should hold, a credential. */
export interface Kept {
  /** The path below the folder of the accounts. */
  path: string;
  /** The kind of place. */
  place: Kind;
  /** The account that the file name gives. */
  index: number | undefined;
  /** The login in it; `undefined` if it holds none. */
  pair: Pair | undefined;
}

/** The name of a slot. */
export const SLOT = /^oauth_creds_(\d+)\.json$/;
/** The name of a generation. */
export const GENERATION = /^oauth_creds_(\d+)\.[\d.]+T\d{9}Z[-0-9a-f]*\.json$/;
/** The name of a stashed credential. */
export const STASHED =
  /^oauth_creds\.\d{8}T\d{9}Z-[0-9a-f]{8}(\.of_[\d_]+|\.kept_\d+)?(\.removed_\d+)?\.json$/;
const TEMPORARY = /^\.(.+)\.[0-9a-f]{16}\.tmp$/;

/** Finds everything in an arena that is a credential, or should be one. */
export function listKept({ dir, live }: Place): Kept[] {
  const accounts = `${dir}/accounts`;
  const kept: Kept[] = [];
  const add = (folder: string, name: string, place: Kind, index?: string) => {
    const text = readText(`${folder}/${name}`);
    if (text === undefined) return;
    kept.push({
      path: `${folder.slice(dir.length)}/${name}`,
      place,
      index: index === undefined ? undefined : Number(index),
      pair: parsePair(text),
    });
  };
  for (const folder of [dir, accounts]) {
    for (const name of namesIn(folder)) {
      const slot = folder === accounts ? SLOT.exec(name) : null;
      if (slot) add(folder, name, "slots", slot[1]);
      else if (TEMPORARY.test(name) && isFile(`${folder}/${name}`)) {
        add(folder, name, "temporary");
      }
    }
  }
  for (const name of namesIn(`${accounts}/generations`)) {
    const index = GENERATION.exec(name)?.[1];
    add(`${accounts}/generations`, name, "generations", index);
  }
  for (const name of namesIn(`${accounts}/stash`)) {
    add(`${accounts}/stash`, name, "stash");
  }
  if (isFile(live)) add(dir, "oauth_creds.json", "live");
  return kept;
}
