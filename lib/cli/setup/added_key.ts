import { nameOf } from "../../account_name.ts";
import type { AddKeyResult } from "../../accounts/add_key.ts";

/** What came of adding the key that is called `source`, for the user. */
export function describeAddedKey(
  source: string,
  { index, label, added, updated, baseUrl, model, twin }: AddKeyResult,
): string {
  const name = nameOf(index, label);
  const { host } = new URL(baseUrl);
  if (added && twin !== undefined) {
    const other = nameOf(twin.index, twin.label);
    return `${source} is now ${name}, for ${host}; ${other} has the same key ` +
      "for another address";
  }
  if (added) return `${source} is now ${name}`;
  return updated
    ? `${name} has another address or model now: ${host}, ${model}`
    : `${source} is already ${name}: ${host}, ${model}`;
}
