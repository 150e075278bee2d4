import { sameBytes } from "../../disk/bytes.ts";
import type { Credential } from "../../agents/formats.ts";
import { type Found, readCredential } from "./credential_file.ts";
import { listAllGenerations, listGenerations } from "./generations.ts";
import { claimsOf } from "./jwt.ts";
import type { Layout } from "../../disk/layout.ts";
import { ancestorsOf, tokenMark } from "./lineage.ts";
import { slotPath } from "../../disk/slot_names.ts";
import { readSlot } from "./slots.ts";

/** Whose a credential is, and how it compares with the slot. */
export interface Owner {
  /** The account. */
  index: number;
  /** Compared with what the slot holds. */
  age: "same" | "newer" | "older";
}

/** What is known besides the credential. */
export interface OwnerEvidence {
  /** The accounts that have a slot. */
  slots: readonly number[];
  /** The accounts whose login a process may have had in its memory. */
  writers: ReadonlySet<number>;
  /**
   * The accounts whose slot may hold a login of another account: for these,
   * only the generations count as proof.
   *
   * @default none
   */
  unproven?: ReadonlySet<number>;
}

/**
 * Finds out whose credential `found` is; `undefined` if that is not proven.
 *
 * Tokens are opaque, and a refresh may replace both. So the proof is, in this
 * order: a token that a slot holds too, or held (its generations); the subject,
 * where the access tokens are JWTs (RFC 7519); that a run has noted which token
 * they were granted for; or that no process had the login of any other account.
 */
export async function findOwner(
  layout: Layout,
  found: Found,
  { slots, writers, unproven = new Set() }: OwnerEvidence,
): Promise<Owner | undefined> {
  const heirs: number[] = [];
  for (const index of slots) {
    const slot = await heldBy(layout, index, unproven);
    if (!slot) continue;
    if (sameBytes(slot.bytes, found.bytes)) return { index, age: "same" };
    if (areOfOneAccount(slot.credential, found.credential)) heirs.push(index);
  }
  if (heirs.length === 0) {
    heirs.push(...await pastOwnersOf(layout, found, { slots, unproven }));
  }
  const index = soleOf(heirs.length > 0 ? heirs : [...writers]);
  if (index === undefined || !slots.includes(index)) return undefined;
  const slot = await heldBy(layout, index, unproven);
  if (slot && areOfTwoAccounts(slot.credential, found.credential)) {
    return undefined;
  }
  const isOlder = slot !== undefined &&
    found.credential.expiresAt < slot.credential.expiresAt;
  return { index, age: isOlder ? "older" : "newer" };
}

/** The accounts of `writers` that `found` may be of, if no owner is proven. */
export async function findSuspects(
  layout: Layout,
  { credential }: Found,
  { slots, writers, unproven }: OwnerEvidence,
): Promise<number[]> {
  const suspects: number[] = [];
  for (const index of slots) {
    if (!writers.has(index)) continue;
    const last = await lastLogin(layout, index, unproven);
    if (!last || !areOfTwoAccounts(last, credential)) suspects.push(index);
  }
  return suspects;
}

/** Why `found` cannot be of account `index`; completes "it ...". */
export async function contradictionTo(
  layout: Layout,
  found: Found,
  { index, slots, nameOf }: {
    index: number;
    slots: readonly number[];
    nameOf?: (index: number) => string;
  },
): Promise<string | undefined> {
  return await (await contradictions(layout, found, slots, nameOf))(index);
}

/**
 * Looks into the slots once, and returns what says why `found` cannot be of an
 * account, as {@linkcode contradictionTo} does. `nameOf` says what an account is
 * called.
 */
export async function contradictions(
  layout: Layout,
  { bytes, credential }: Found,
  slots: readonly number[],
  nameOf = (index: number) => `account ${index}`,
): Promise<(index: number) => Promise<string | undefined>> {
  const claims: { by: number; problem: string }[] = [];
  for (const by of slots) {
    const slot = await readSlot(layout, by);
    if ("problem" in slot) continue;
    const name = nameOf(by);
    if (sameBytes(slot.bytes, bytes)) {
      claims.push({ by, problem: `is now in the slot of ${name}` });
    } else if (areOfOneAccount(slot.credential, credential)) {
      claims.push({ by, problem: `belongs to ${name}` });
    }
  }
  return async (index) => {
    const last = await lastLogin(layout, index);
    if (last && areOfOneAccount(last, credential)) return undefined;
    const claim = claims.find((it) => it.by !== index);
    if (claim) return claim.problem;
    return last && areOfTwoAccounts(last, credential)
      ? "belongs to somebody else, by its subject"
      : undefined;
  };
}

/** What the slot of account `index` holds, else what it held last. */
async function lastLogin(
  layout: Layout,
  index: number,
  unproven?: ReadonlySet<number>,
): Promise<Credential | undefined> {
  const held = await heldBy(layout, index, unproven) ??
    await newestGeneration(layout, index);
  return held?.credential;
}

/** What the slot of account `index` holds, or is known to have held. */
async function heldBy(
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
  for (const path of await listGenerations(layout, index)) {
    const found = await readCredential(path, layout);
    if ("bytes" in found) return found;
  }
  return undefined;
}

/**
 * The accounts that held a token of `found`, or a refresh token that `found`
 * descends from, as far as the generations and the notes of runs tell.
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
    // A slot may have been written to since the last copy of it was made.
    const paths = ancestors.size > 0 && !unproven.has(index)
      ? [slotPath(layout, index), ...past]
      : past;
    for (const path of paths) {
      const kept = await readCredential(path, layout);
      if ("problem" in kept) continue;
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

function areOfOneAccount(a: Credential, b: Credential): boolean {
  if (shareToken(a, b)) return true;
  const { subject } = claimsOf(a.accessToken);
  return subject !== undefined && subject === claimsOf(b.accessToken).subject;
}

/** Whatever else is known: the subject of a JWT does not change. */
function areOfTwoAccounts(a: Credential, b: Credential): boolean {
  const subjects = [a, b].map((it) => claimsOf(it.accessToken).subject);
  return !subjects.includes(undefined) && subjects[0] !== subjects[1] &&
    !shareToken(a, b);
}

function shareToken(a: Credential, b: Credential): boolean {
  return a.accessToken === b.accessToken || a.refreshToken === b.refreshToken;
}

function soleOf(indices: readonly number[]): number | undefined {
  return indices.length === 1 ? indices[0] : undefined;
}
