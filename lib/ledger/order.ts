import { isCount, isNothing, type Wrong } from "./yaml_value.ts";

/**
 * Reads the `order` of `state.yaml`: account numbers, in the order that the
 * user prefers. Drops anything else, and reports it to `wrong`.
 */
export function parseOrder(
  value: unknown,
  wrong: Wrong = () => {},
): number[] {
  if (isNothing(value)) return [];
  const all: unknown[] = Array.isArray(value) ? value : [undefined];
  const order = all.filter((it): it is number => isCount(it) && it > 0);
  if (order.length < all.length) wrong("order is not a list of accounts");
  return [...new Set(order)];
}

/**
 * Returns a function to sort accounts by: those in `order` come first, in that
 * order, and all others follow by number.
 */
export function byOrder(
  order: readonly number[],
): (a: number, b: number) => number {
  const places = new Map(order.map((index, place) => [index, place]));
  const placeOf = (index: number) => places.get(index) ?? places.size;
  return (a, b) => placeOf(a) - placeOf(b) || a - b;
}
