import { nameIn } from "../account_name.ts";
import { digestOf } from "../../disk/bytes.ts";
import { type Found, readCredential } from "../logins/credential_file.ts";
import { listGenerations } from "../logins/generations.ts";
import { forgetGrant, type Grant, listGrants, noteGrant } from "./grants.ts";
import { endLease } from "./lease.ts";
import { readSlot } from "../logins/slots.ts";
import type { Locked } from "../locked.ts";
import { putNewer } from "./adopt.ts";
import { rememberReaders } from "./holders.ts";

/**
 * Puts `bytes`, which the service has granted and nobody else has, into the
 * slot of account `index`; {@linkcode finishGrants} does what a kill leaves
 * undone. After a kill between the grant and the note the new tokens are lost:
 * then only a new login helps.
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
 * Puts the new tokens into their slots that a killed process was about to put
 * there, if they are on the disk: those in the slot are used up. What lay under
 * temporary names is among the generations by now.
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
    record({
      level: "warn",
      event: "recovered",
      from: null,
      to: index,
      reason,
    });
    notify(
      `${
        nameIn(locked, index)
      } now has the new tokens that a killed process had received`,
    );
  }
  await endLease(layout, index, { at: locked.clock(), expiresAt });
}

async function findGranted(
  { layout }: Locked,
  { index, granted }: Grant,
): Promise<Found | undefined> {
  for (const path of await listGenerations(layout, index)) {
    const found = await readCredential(path, layout);
    if (!("bytes" in found)) continue;
    if (await digestOf(found.bytes) === granted) return found;
  }
  return undefined;
}
