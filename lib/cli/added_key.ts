import type { AddKeyResult } from "../rotation/add_key.ts";

/** What came of adding the key that is called `source`, for the user. */
export function describeAddedKey(
  source: string,
  { index, added, updated, baseUrl, model }: AddKeyResult,
): string {
  if (added) return `${source} is now account ${index}`;
  const service = `${new URL(baseUrl).host}, ${model}`;
  return updated
    ? `account ${index} has another address or model now: ${service}`
    : `${source} is already account ${index}: ${service}`;
}
