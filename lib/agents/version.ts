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

/** Whether `version` lies between the oldest and the newest that were tried. */
export function isTried(
  version: string,
  { oldest, newest }: { oldest: string; newest: string },
): boolean {
  return isAtLeast(version, oldest) && isAtLeast(newest, version);
}
