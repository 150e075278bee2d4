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

/** Reads the `sticky` of `state.yaml`; what is of another shape is forgotten. */
export function parseSticky(value: unknown): StickyAccounts {
  if (typeof value !== "object" || value === null) return new Map();
  return new Map(
    Object.entries(value).filter(([, it]) =>
      Number.isSafeInteger(it) && it > 0
    ),
  );
}
