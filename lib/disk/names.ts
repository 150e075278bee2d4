import type { Layout } from "./layout.ts";

/** Returns the folder of a path. */
export function dirname(path: string): string {
  const slash = path.lastIndexOf("/");
  if (slash < 0) return ".";
  return path.slice(0, slash) || "/";
}

/** Returns the last part of a path. */
export function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

const TEMPORARY = /^\.(.+)\.[0-9a-f]{16}\.tmp$/;

/** Returns a new name beside `path`, for something that will replace it. */
export function temporaryName(path: string): string {
  return `${dirname(path)}/.${basename(path)}.${randomHex(8)}.tmp`;
}

/** Returns the name that would have been replaced, if `name` is temporary. */
export function replacedBy(name: string): string | undefined {
  return TEMPORARY.exec(name)?.[1];
}

/** Formats a time for a file name, in UTC: `20261121T083500123Z`. */
export function dated(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:.]/g, "");
}

/** Returns `length` random bytes as hexadecimal digits, for names. */
export function randomHex(length: number): string {
  return crypto.getRandomValues(new Uint8Array(length)).toHex();
}

/** A change of an account's number. */
export interface Move {
  /** The old number. */
  from: number;
  /** The new number. */
  to: number;
}

/** The start of the file names of logins, since the first version. */
export const LOGIN_STEM = "oauth_creds";

const SLOT_NAME = new RegExp(`^${LOGIN_STEM}_([1-9]\\d{0,8})\\.json$`);

/** Returns the name of the slot of account `index`. */
export function slotName(index: number): string {
  return `${LOGIN_STEM}_${index}.json`;
}

/** Returns the path of the slot of account `index`. */
export function slotPath(layout: Layout, index: number): string {
  return `${layout.accounts}/${slotName(index)}`;
}

const KEY_SLOT_NAME = /^api_key_([1-9]\d{0,8})\.env$/;

/** Returns the path of the slot of the API-key account `index`. */
export function keySlotPath(layout: Layout, index: number): string {
  return `${layout.accounts}/api_key_${index}.env`;
}

/** Returns the API-key account with a slot of this name, if it is one. */
export function keySlotIndex(name: string): number | undefined {
  const index = KEY_SLOT_NAME.exec(name)?.[1];
  return index === undefined ? undefined : Number(index);
}

/** Returns the account with a slot of this name, if it is one. */
export function slotIndex(name: string): number | undefined {
  const index = SLOT_NAME.exec(name)?.[1];
  return index === undefined ? undefined : Number(index);
}

/** Returns the account whose folder has this name, if it is one. */
export function folderIndex(name: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(name) ? Number(name) : undefined;
}

/** Returns all accounts, those with logins and those with keys, ascending. */
export function allAccounts(
  { slots, keys }: { slots: readonly number[]; keys: readonly number[] },
): number[] {
  if (keys.length === 0) return [...slots];
  if (slots.length === 0) return [...keys];
  return [...slots, ...keys].sort((a, b) => a - b);
}

/**
 * Returns the path of the slot of account `index`, whether a login or a key.
 */
export function accountPath(
  { layout, keys }: { layout: Layout; keys: readonly number[] },
  index: number,
): string {
  return (keys.includes(index) ? keySlotPath : slotPath)(layout, index);
}
