import type { Layout } from "./layout.ts";

/** The beginning of our names of logins, from the first version on. */
export const LOGIN_STEM = "oauth_creds";

const SLOT_NAME = new RegExp(`^${LOGIN_STEM}_([1-9]\\d{0,8})\\.json$`);

/** The name of the slot of account `index`. */
export function slotName(index: number): string {
  return `${LOGIN_STEM}_${index}.json`;
}

/** The path of the slot of account `index`. */
export function slotPath(layout: Layout, index: number): string {
  return `${layout.accounts}/${slotName(index)}`;
}

const KEY_SLOT_NAME = /^api_key_([1-9]\d{0,8})\.env$/;

/** The path of the slot of the API-key account `index`. */
export function keySlotPath(layout: Layout, index: number): string {
  return `${layout.accounts}/api_key_${index}.env`;
}

/** The API-key account whose slot has the name `name`, if it is such a slot's. */
export function keySlotIndex(name: string): number | undefined {
  const index = KEY_SLOT_NAME.exec(name)?.[1];
  return index === undefined ? undefined : Number(index);
}

/** The account whose slot has the name `name`, if it is a slot's. */
export function slotIndex(name: string): number | undefined {
  const index = SLOT_NAME.exec(name)?.[1];
  return index === undefined ? undefined : Number(index);
}

/** Every account, of either kind, ascending. */
export function allAccounts(
  { slots, keys }: { slots: readonly number[]; keys: readonly number[] },
): number[] {
  if (keys.length === 0) return [...slots];
  return [...slots, ...keys].sort((a, b) => a - b);
}

/** The path of the slot of account `index`, of either kind. */
export function accountPath(
  { layout, keys }: { layout: Layout; keys: readonly number[] },
  index: number,
): string {
  return (keys.includes(index) ? keySlotPath : slotPath)(layout, index);
}
