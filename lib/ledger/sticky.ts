import { isNothing, isRecord, type Wrong } from "./yaml_value.ts";

/** Which account a folder or session was given first, by its name. */
export type StickyAccounts = ReadonlyMap<string, number>;

/** The oldest are forgotten beyond so many. */
const MOST = 500;

/** Returns `sticky` with `account` for `name`, as the newest. */
export function withSticky(
  sticky: StickyAccounts,
  name: string,
  account: number,
): StickyAccounts {
  const others = [...sticky].filter(([it]) => it !== name);
  return new Map([...others, [name, account] as const].slice(-MOST));
}

/**
 * Reads the `sticky` of `state.yaml`; what does not name an account is
 * forgotten, and `wrong` hears of it.
 */
export function parseSticky(
  value: unknown,
  wrong: Wrong = () => {},
): StickyAccounts {
  if (isNothing(value)) return new Map();
  const all = Object.entries(isRecord(value) ? value : { sticky: undefined });
  const sticky = new Map<string, number>();
  for (const [name, it] of all) {
    if (typeof it === "number" && Number.isSafeInteger(it) && it > 0) {
      sticky.set(name, it);
    }
  }
  if (sticky.size < all.length) wrong("sticky does not name accounts");
  return sticky;
}
