/**
 * Returns the account after `from`, in ascending order and from the last one
 * back to the first, that is not in `except`; never `from` itself.
 *
 * @example
 * nextAccount([1, 2, 5], { from: 5, except: new Set([1]) }) === 2
 */
export function nextAccount(
  accounts: readonly number[],
  options: { from: number | undefined; except?: ReadonlySet<number> },
): number | undefined {
  const { from = 0, except = new Set() } = options;
  const after = accounts.filter((it) => it > from);
  const before = accounts.filter((it) => it < from);
  return [...after, ...before].find((it) => !except.has(it));
}
