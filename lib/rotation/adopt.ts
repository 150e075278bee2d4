import { errorCode, runtime } from "../runtime/mod.ts";
import { sameBytes } from "../store/bytes.ts";
import {
  checkCredential,
  type Credential,
  MAX_CREDENTIAL_BYTES,
} from "../store/credential.ts";
import { keepGeneration } from "../store/generations.ts";
import type { Layout } from "../store/layout.ts";
import { readSlot, writeSlot } from "../store/slots.ts";
import { stashFile } from "../store/stash.ts";

/** A credential whose owner is proven. */
export interface Owned {
  /** `"adopted"`: it was newer than the slot and is in there now. */
  kind: "adopted" | "known";
  /** The account that it belongs to. */
  index: number;
}

/** What became of a credential that was found outside its slot. */
export type Adoption =
  | Owned
  /** Nobody's for sure, or no credential at all: kept at `path`. */
  | { kind: "stashed"; path: string; problem: string }
  /** There was nothing in it. */
  | { kind: "empty" };

/** What adopting needs to know. */
export interface AdoptOptions {
  /** The accounts that have a slot. */
  slots: readonly number[];
  /** The time, epoch milliseconds. */
  now: number;
}

/**
 * Copies the credential at `path` to the slot of its owner if it is newer, and
 * leaves the file where it is. Returns the owner, if that is proven. The caller
 * holds the lock.
 */
export async function copyToOwner(
  layout: Layout,
  path: string,
  options: AdoptOptions,
): Promise<Owned | undefined> {
  const found = await readFound(path);
  if ("problem" in found) return undefined;
  const owner = await findOwner(layout, found, options.slots);
  if (!owner) return undefined;
  const { index, age } = owner;
  if (age !== "newer") return { kind: "known", index };
  await writeSlot(layout, index, found.bytes, options.now);
  return { kind: "adopted", index };
}

/**
 * Moves the credential at `path` to where it belongs: the slot of its owner if
 * it is newer, that account's generations if it is older, and the stash if the
 * owner is not proven. The caller holds the lock.
 */
export async function adoptFile(
  layout: Layout,
  path: string,
  options: AdoptOptions,
): Promise<Adoption> {
  const { slots, now } = options;
  const found = await readFound(path);
  if ("problem" in found) {
    if (found.problem !== EMPTY) return await stash(found.problem);
    await runtime.files.remove(path);
    return { kind: "empty" };
  }
  const owner = await findOwner(layout, found, slots);
  if (!owner) return await stash("is of no account that I can prove");
  const { index, age } = owner;
  if (age === "newer") await writeSlot(layout, index, found.bytes, now);
  if (age === "older") await keepGeneration(layout, index, path, now);
  else await runtime.files.remove(path);
  return { kind: age === "newer" ? "adopted" : "known", index };

  async function stash(problem: string): Promise<Adoption> {
    return {
      kind: "stashed",
      path: await stashFile(layout, path, now),
      problem,
    };
  }
}

const EMPTY = "is empty";

/** A credential in a file. */
export interface Found {
  /** The content of the file. */
  bytes: Uint8Array;
  /** What it says. */
  credential: Credential;
}

/** Reads the credential at `path`, or says why there is none. */
export async function readFound(
  path: string,
): Promise<Found | { problem: string }> {
  try {
    const bytes = await runtime.files.read(path, MAX_CREDENTIAL_BYTES);
    if (!bytes) return { problem: "is not there" };
    if (bytes.length === 0) return { problem: EMPTY };
    const checked = checkCredential(bytes);
    return "problem" in checked ? checked : { bytes, ...checked };
  } catch (error) {
    if (errorCode(error) === "EFBIG") return { problem: "is too large" };
    throw error;
  }
}

/** Tokens are opaque: the proof is one that the slot holds too. */
async function findOwner(
  layout: Layout,
  found: Found,
  slots: readonly number[],
): Promise<{ index: number; age: "same" | "newer" | "older" } | undefined> {
  for (const index of slots) {
    const bytes = await readSlot(layout, index);
    if (!bytes) continue;
    if (sameBytes(bytes, found.bytes)) return { index, age: "same" };
    const slot = checkCredential(bytes);
    if ("problem" in slot || !shareToken(slot.credential, found.credential)) {
      continue;
    }
    const isNewer = found.credential.expiresAt >= slot.credential.expiresAt;
    return { index, age: isNewer ? "newer" : "older" };
  }
  return undefined;
}

function shareToken(a: Credential, b: Credential): boolean {
  return a.accessToken === b.accessToken || a.refreshToken === b.refreshToken;
}
