import { isNothing, isRecord, type Wrong } from "./yaml_value.ts";

/** The account that each folder or session was given first, by its name. */
export type StickyAccounts = ReadonlyMap<string, number>;

/** The account that the user has pinned to each folder, by its path. */
export type FolderPins = ReadonlyMap<string, number>;

/** The maximum number of entries; the oldest ones are dropped. */
const MAX_ENTRIES = 500;

/** Returns `sticky` with `account` for `name`, as the newest entry. */
export function withSticky(
  sticky: StickyAccounts,
  name: string,
  account: number,
): StickyAccounts {
  const others = [...sticky].filter(([it]) => it !== name);
  return new Map([...others, [name, account] as const].slice(-MAX_ENTRIES));
}

/** Returns the pin of `folder` or, if it has none, of the nearest one above. */
export function pinAbove(
  pins: FolderPins | undefined,
  folder: string,
): { folder: string; account: number } | undefined {
  for (let at = folder; pins && at !== "";) {
    const account = pins.get(at);
    if (account !== undefined) return { folder: at, account };
    if (at === "/") break;
    at = at.slice(0, at.lastIndexOf("/")) || "/";
  }
  return undefined;
}

/**
 * Reads the `sticky` of `state.yaml`. Drops entries that do not name an
 * account, and reports them to `wrong`.
 */
export function parseSticky(
  value: unknown,
  wrong: Wrong = () => {},
): StickyAccounts {
  return parseAccounts(value, () => wrong("sticky does not name accounts"));
}

/** Reads the `pins` of `state.yaml` in the same way. */
export function parsePins(value: unknown, wrong: Wrong): FolderPins {
  return parseAccounts(value, () => wrong("pins does not name accounts"));
}

function parseAccounts(
  value: unknown,
  onWrong: () => void,
): ReadonlyMap<string, number> {
  if (isNothing(value)) return new Map();
  const all = Object.entries(isRecord(value) ? value : { "": undefined });
  const accounts = new Map<string, number>();
  for (const [name, it] of all) {
    if (typeof it === "number" && Number.isSafeInteger(it) && it > 0) {
      accounts.set(name, it);
    }
  }
  if (accounts.size < all.length) onWrong();
  return accounts;
}
