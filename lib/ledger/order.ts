import { isCount, isNothing, type Wrong } from "./yaml_value.ts";

/**
 * Reads the `order` of `state.yaml`: the accounts that the user prefers, the
 * first one first. What is not an account number is dropped, and `wrong` hears
 * of it.
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
