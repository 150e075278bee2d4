/**
 * Notes of new tokens that are being put into a slot. Where a process is killed
 * at that, the slot has tokens that are used up, and the new ones lie under a
 * temporary name or among the generations, where nothing tells them from
 * earlier ones: but for such a note, which has no secret in it.
 *
 * One is made and taken away under the same lock; so whoever holds the lock and
 * finds one finds what is half done.
 *
 * @module
 */

import { errorCode, runtime } from "../../system/mod.ts";
import { digestOf } from "../../disk/bytes.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { makeFolder } from "../../disk/permissions.ts";
import { readSlot } from "../logins/slots.ts";

/** That new tokens are being put into a slot. */
export interface Grant {
  /** The account. */
  index: number;
  /** The SHA-256 of the new content. */
  granted: string;
  /** The SHA-256 of what the slot had before, if that was a login. */
  before: string | undefined;
}

const GRANT_NAME = /^grant_([1-9]\d{0,8})$/;

/** Two digests and some words take less. */
const MAX_BYTES = 1024;

/**
 * Writes down that `bytes` are about to be put into the slot of account
 * `index`. The caller holds the lock.
 */
export async function noteGrant(
  layout: Layout,
  index: number,
  bytes: Uint8Array,
): Promise<void> {
  const slot = await readSlot(layout, index);
  const note = {
    granted: await digestOf(bytes),
    before: "bytes" in slot ? await digestOf(slot.bytes) : undefined,
  };
  const path = grantPath(layout, index);
  await makeFolder(layout.runs);
  await runtime.files.remove(path); // of a try that has failed
  const line = new TextEncoder().encode(`${JSON.stringify(note)}\n`);
  await runtime.files.create(path, line, FILE_MODE);
}

/** Forgets a grant once it is in the slot. The caller holds the lock. */
export async function forgetGrant(
  layout: Layout,
  index: number,
): Promise<void> {
  await runtime.files.remove(grantPath(layout, index));
}

/**
 * The grants that were not put into their slots to the end. One that is cut
 * short is none: nothing was done yet. The caller holds the lock.
 */
export async function listGrants(layout: Layout): Promise<Grant[]> {
  const grants: Grant[] = [];
  for (const name of await runtime.files.list(layout.runs)) {
    const index = Number(GRANT_NAME.exec(name)?.[1]);
    if (!index) continue;
    const grant = await readGrant(layout, index);
    if (grant) grants.push(grant);
    else await forgetGrant(layout, index);
  }
  return grants;
}

async function readGrant(
  layout: Layout,
  index: number,
): Promise<Grant | undefined> {
  try {
    const path = grantPath(layout, index);
    const bytes = await runtime.files.read(path, MAX_BYTES);
    const value = JSON.parse(new TextDecoder().decode(bytes));
    const { granted, before } = Object(value);
    if (typeof granted !== "string") return undefined;
    const old = typeof before === "string" ? before : undefined;
    return { index, granted, before: old };
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error)) return undefined;
    throw error;
  }
}

function grantPath(layout: Layout, index: number): string {
  return `${layout.runs}/grant_${index}`;
}
