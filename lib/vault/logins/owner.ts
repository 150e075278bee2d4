import { claimsOf } from "../../agents/identity.ts";
import { sameBytes } from "../../disk/bytes.ts";
import type { Credential } from "../../agents/formats.ts";
import { type Found, readCredentials, readSlot } from "./credential_file.ts";
import { listAllGenerations, listGenerations } from "./generations.ts";
import type { Layout } from "../../disk/layout.ts";
import { ancestorsOf, tokenMark } from "./lineage.ts";
import { slotPath } from "../../disk/names.ts";

/** The owner of a credential. */
export interface Owner {
  index: number;
  /** The age of the credential, compared with the content of the slot. */
  age: "same" | "newer" | "older";
}

interface OwnerEvidence {
  slots: readonly number[];
  /** The accounts whose login a process may have had in memory. @default none */
  writers?: ReadonlySet<number>;
  /**
   * The accounts whose slot may hold a login of another account: for these,
   * only the generations count as proof.
   *
   * @default none
   */
  unproven?: ReadonlySet<number>;
}

/**
 * Returns the owner of the credential `found`, or `undefined` if none is
 * proven.
 *
 * Tokens are opaque, and a refresh may replace both. The following count as
 * proof, in this order:
 *
 * - a slot has one of its tokens, or the same subject if the access tokens are
 *   JWTs (RFC 7519);
 * - a generation has one of its tokens, or a run has noted that it descends
 *   from a refresh token of a slot or generation;
 * - no process had the login of any other account.
 */
export async function findOwner(
  layout: Layout,
  found: Found,
  { slots, writers = new Set(), unproven = new Set() }: OwnerEvidence,
): Promise<Owner | undefined> {
  const owners: number[] = [];
  for (const index of slots) {
    const slot = await provenLogin(layout, index, unproven);
    if (!slot) continue;
    if (sameBytes(slot.bytes, found.bytes)) return { index, age: "same" };
    if (haveSameOwner(slot.credential, found.credential)) owners.push(index);
  }
  if (owners.length === 0) {
    owners.push(...await pastOwnersOf(layout, found, { slots, unproven }));
  }
  const index = onlyOne(owners.length > 0 ? owners : [...writers]);
  if (index === undefined || !slots.includes(index)) return undefined;
  const slot = await provenLogin(layout, index, unproven);
  if (slot && haveDifferentOwners(slot.credential, found.credential)) {
    return undefined;
  }
  const isOlder = slot !== undefined &&
    found.credential.expiresAt < slot.credential.expiresAt;
  return { index, age: isOlder ? "older" : "newer" };
}

/** Returns the `writers` to which `found` may belong, if no owner is proven. */
export async function findSuspects(
  layout: Layout,
  { credential }: Found,
  { slots, writers = new Set(), unproven }: OwnerEvidence,
): Promise<number[]> {
  const suspects: number[] = [];
  for (const index of slots) {
    if (!writers.has(index)) continue;
    const last = await lastLogin(layout, index, unproven);
    if (!last || !haveDifferentOwners(last, credential)) suspects.push(index);
  }
  return suspects;
}

/**
 * Returns a function that explains why `found` cannot belong to a given
 * account: the reason completes "it ...". For an account to which it can belong,
 * the function returns `undefined`. Reads all slots once. `nameOf` returns the
 * name of an account.
 */
export async function contradictions(
  layout: Layout,
  { bytes, credential }: Found,
  { slots, nameOf = (index) => `account ${index}` }: {
    slots: readonly number[];
    nameOf?: (index: number) => string;
  },
): Promise<(index: number) => Promise<string | undefined>> {
  const claims: { by: number; problem: string }[] = [];
  for (const by of slots) {
    const slot = await readSlot(layout, by);
    if ("problem" in slot) continue;
    const name = nameOf(by);
    if (sameBytes(slot.bytes, bytes)) {
      claims.push({ by, problem: `is now in the slot of ${name}` });
    } else if (haveSameOwner(slot.credential, credential)) {
      claims.push({ by, problem: `belongs to ${name}` });
    }
  }
  return async (index) => {
    const last = await lastLogin(layout, index);
    if (last && haveSameOwner(last, credential)) return undefined;
    const claim = claims.find((it) => it.by !== index);
    if (claim) return claim.problem;
    return last && haveDifferentOwners(last, credential)
      ? "belongs to somebody else, by its subject"
      : undefined;
  };
}

/** Returns the login of account `index`, else its newest kept one. */
async function lastLogin(
  layout: Layout,
  index: number,
  unproven?: ReadonlySet<number>,
): Promise<Credential | undefined> {
  const login = await provenLogin(layout, index, unproven) ??
    await newestGeneration(layout, index);
  return login?.credential;
}

/** Returns the login of a slot; for an unproven one, its newest generation. */
async function provenLogin(
  layout: Layout,
  index: number,
  unproven: ReadonlySet<number> = new Set(),
): Promise<Found | undefined> {
  if (unproven.has(index)) return await newestGeneration(layout, index);
  const slot = await readSlot(layout, index);
  return "bytes" in slot ? slot : undefined;
}

async function newestGeneration(
  layout: Layout,
  index: number,
): Promise<Found | undefined> {
  const generations = await listGenerations(layout, index);
  return (await readCredentials(generations, layout).next()).value;
}

/**
 * Returns the accounts that had a token of `found`, or a refresh token that
 * `found` descends from, according to the generations and the notes of runs.
 */
async function pastOwnersOf(
  layout: Layout,
  { credential }: Found,
  { slots, unproven }: Required<Omit<OwnerEvidence, "writers">>,
): Promise<number[]> {
  const owners: number[] = [];
  const generations = await listAllGenerations(layout);
  const ancestors = await ancestorsOf(layout, credential);
  for (const index of slots) {
    const past = generations.get(index) ?? [];
    // The slot may have been written to since it was last copied.
    const paths = ancestors.size > 0 && !unproven.has(index)
      ? [slotPath(layout, index), ...past]
      : past;
    for await (const kept of readCredentials(paths, layout)) {
      const { refreshToken } = kept.credential;
      if (
        shareToken(kept.credential, credential) ||
        ancestors.size > 0 && ancestors.has(await tokenMark(refreshToken))
      ) {
        owners.push(index);
        break;
      }
    }
  }
  return owners;
}

function haveSameOwner(a: Credential, b: Credential): boolean {
  if (shareToken(a, b)) return true;
  const { subject } = claimsOf(a.accessToken);
  return subject !== undefined && subject === claimsOf(b.accessToken).subject;
}

/** The subject of a JWT never changes: two subjects mean two owners. */
function haveDifferentOwners(a: Credential, b: Credential): boolean {
  const subjects = [a, b].map((it) => claimsOf(it.accessToken).subject);
  return !subjects.includes(undefined) && subjects[0] !== subjects[1] &&
    !shareToken(a, b);
}

function shareToken(a: Credential, b: Credential): boolean {
  return a.accessToken === b.accessToken || a.refreshToken === b.refreshToken;
}

function onlyOne(indices: readonly number[]): number | undefined {
  return indices.length === 1 ? indices[0] : undefined;
}
