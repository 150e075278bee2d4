/** Whether `version` is `least` or later, comparing the first three numbers. */
export function isAtLeast(
  version: string | undefined,
  least: string,
): boolean {
  if (version === undefined) return false;
  const [a, b] = [version, least].map((it) => it.split(/[.-]/).map(Number));
  for (let at = 0; at < 3; at++) {
    const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
