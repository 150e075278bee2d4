/**
 * Reads the `order` of `state.yaml`: the accounts that the user prefers, the
 * first one first. What is not an account number is dropped.
 */
export function parseOrder(value: unknown): number[] {
  if (!Array.isArray(value)) return [];
  return [...new Set(value)].filter((it) => Number.isSafeInteger(it) && it > 0);
}

/**
 * Returns how to compare two accounts for a sort: those in `order` come first,
 * as they stand there, and all others follow by number.
 */
export function byOrder(
  order: readonly number[],
): (a: number, b: number) => number {
  const places = new Map(order.map((index, place) => [index, place]));
  const placeOf = (index: number) => places.get(index) ?? places.size;
  return (a, b) => placeOf(a) - placeOf(b) || a - b;
}
