/**
 * New tokens that nobody else has.
 *
 * There is a note about those that are being written to a slot. If a process is
 * killed while it does so, the slot has a refresh token that is used up, and
 * the new tokens are under a temporary name or among the generations. Only the
 * note tells them from older ones there. It contains no secret.
 *
 * A note is made and removed under one lock. So a note that the next holder of
 * the lock finds belongs to unfinished work.
 *
 * What cannot be saved because the disk is full is put elsewhere.
 *
 * @module
 */

import { digestOf } from "../../disk/bytes.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { namesIn, randomHex } from "../../disk/names.ts";
import { makeFolder } from "../../disk/permissions.ts";
import { parseRecord } from "../../json.ts";
import { runtime, unlessRefused } from "../../system/mod.ts";
import type { System } from "../../system/system.ts";
import { nameIn } from "../account_name.ts";
import type { Locked } from "../locked.ts";
import {
  type Found,
  readCredential,
  readCredentials,
  readSlot,
} from "../logins/credential_file.ts";
import { listGenerations } from "../logins/generations.ts";
import { suspectsIn } from "../logins/stash.ts";
import { putNewer } from "./adopt.ts";
import { rememberReaders } from "./holders.ts";
import { endLease } from "./lease.ts";

/** New tokens that are being written to a slot. */
interface Grant {
  index: number;
  /** The SHA-256 of the new content. */
  granted: string;
  /** The SHA-256 of the old content, if that was a login. */
  before: string | undefined;
}

const GRANT_NAME = /^grant_([1-9]\d{0,8})$/;

/** The size limit of a note, which has two digests and some words. */
const MAX_BYTES = 1024;

/** Notes that `bytes` are about to be written to a slot. */
async function noteGrant(
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
  await runtime.files.remove(path); // left by a failed attempt
  const line = new TextEncoder().encode(`${JSON.stringify(note)}\n`);
  await runtime.files.create(path, line, FILE_MODE);
}

/** Removes the note of a finished write. The caller holds the lock. */
async function forgetGrant(layout: Layout, index: number): Promise<void> {
  await runtime.files.remove(grantPath(layout, index));
}

/** Returns the unfinished writes; removes notes that are cut short. */
async function listGrants(layout: Layout): Promise<Grant[]> {
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
  const path = grantPath(layout, index);
  const bytes = await runtime.files.read(path, MAX_BYTES).catch(unlessRefused);
  const { granted, before } = parseRecord(new TextDecoder().decode(bytes));
  if (typeof granted !== "string") return undefined;
  return {
    index,
    granted,
    before: typeof before === "string" ? before : undefined,
  };
}

function grantPath(layout: Layout, index: number): string {
  return `${layout.runs}/grant_${index}`;
}

/**
 * Writes `bytes`, new tokens that nobody else has, to the slot of account
 * `index`. After a kill, {@linkcode finishGrants} does the rest. But a kill
 * between the service's reply and the note loses the new tokens: then only a
 * new login helps.
 */
export async function putGranted(
  locked: Locked,
  index: number,
  bytes: Uint8Array,
): Promise<void> {
  const { layout } = locked;
  await noteGrant(layout, index, bytes);
  await rememberReaders(locked, [index]);
  await putNewer(locked, index, bytes);
  await forgetGrant(layout, index);
}

/**
 * Writes new tokens to the slots for which a killed process had received them,
 * if they are on disk: the tokens in these slots are used up. Leftovers are
 * settled already, so the new tokens are among the generations.
 */
export async function finishGrants(locked: Locked): Promise<void> {
  for (const grant of await listGrants(locked.layout)) {
    await finishGrant(locked, grant);
    await forgetGrant(locked.layout, grant.index);
  }
}

async function finishGrant(locked: Locked, grant: Grant): Promise<void> {
  const { layout, slots, notify, record } = locked;
  const { index } = grant;
  if (!slots.includes(index)) return;
  const slot = await readSlot(layout, index);
  const kept = await findGranted(locked, grant);
  if (!kept) return;
  const { expiresAt } = kept.credential;
  const present = "bytes" in slot ? await digestOf(slot.bytes) : undefined;
  const hasLater = "credential" in slot && present !== grant.before &&
    slot.credential.expiresAt > expiresAt;
  if (hasLater) return;
  if (present !== grant.granted) {
    await rememberReaders(locked, [index]);
    await putNewer(locked, index, kept.bytes);
    const reason =
      "a process was killed before its new tokens were in the slot";
    record({ level: "warn", event: "recovered", to: index, reason });
    const name = nameIn(locked, index);
    notify(`${name} now has the new tokens that a killed process had received`);
  }
  await endLease(layout, index, { at: locked.clock(), expiresAt });
}

async function findGranted(
  { layout }: Locked,
  { index, granted }: Grant,
): Promise<Found | undefined> {
  const generations = await listGenerations(layout, index);
  for await (const kept of readCredentials(generations, layout)) {
    if (await digestOf(kept.bytes) === granted) return kept;
  }
  return undefined;
}

/** A login outside the folder of the accounts, because that disk was full. */
export interface Rescued {
  /** The file. */
  path: string;
  /** The account that it was granted to, if the name contains it. */
  index: number | undefined;
}

/** The name of such a login; it contains the tag of the folder, see `tagOf`. */
const RESCUED_NAME = /^account-qwen-login-([0-9a-f]{8})-.+\.json$/;

/**
 * Saves the new tokens `bytes` of account `index` in the first folder that has
 * room, and returns their path. The name contains the account in the same way
 * as that of a stashed file.
 */
export async function rescue(
  layout: Layout,
  bytes: Uint8Array,
  { index, system: { env } }: {
    index: number | undefined;
    system: Pick<System, "env">;
  },
): Promise<string | undefined> {
  const suffix = index === undefined ? "" : `.of_${index}`;
  const tag = await tagOf(layout);
  for (const folder of foldersOf(env)) {
    const name = `account-qwen-login-${tag}-${randomHex(8)}${suffix}.json`;
    const path = `${folder}/${name}`;
    try {
      await runtime.files.create(path, bytes, FILE_MODE);
      if ("bytes" in await readCredential(path, layout)) return path;
    } catch {
      await runtime.files.remove(path).catch(() => false); // a cut-off copy is unusable
    }
  }
  return undefined;
}

/** Returns the logins of our user that `rescue` has saved for this folder. */
export async function listRescued(
  layout: Layout,
  { env }: Pick<System, "env">,
): Promise<Rescued[]> {
  const rescued: Rescued[] = [];
  const tag = await tagOf(layout);
  for (const folder of foldersOf(env)) {
    for (const name of await namesIn(folder)) {
      if (RESCUED_NAME.exec(name)?.[1] !== tag) continue;
      const path = `${folder}/${name}`;
      const info = await runtime.files.info(path);
      if (info?.kind !== "file" || info.uid !== runtime.host.uid) continue;
      const suspects = suspectsIn(path);
      const index = suspects === "any" ? undefined : suspects[0];
      rescued.push({ path, index });
    }
  }
  return rescued;
}

/** Returns a tag that identifies the folder of the accounts. */
async function tagOf({ root }: Layout): Promise<string> {
  const path = await runtime.files.realPath(root) ?? root;
  const bytes = new TextEncoder().encode(path);
  return (await digestOf(bytes)).slice(0, 8);
}

function foldersOf(env: System["env"]): Set<string> {
  const folders = [env("HOME"), env("TMPDIR"), "/tmp"];
  return new Set(
    folders.flatMap((it) => it ? [it.replace(/(?<=.)\/+$/, "")] : []),
  );
}
