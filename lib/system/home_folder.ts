/**
 * Adds `HOME` to `env` if it is missing or empty: the home folder from the user
 * database, which the agent uses too (`os.homedir()` of Node). Leaves it out if
 * the database does not know the user.
 */
export function withHome(
  env: Record<string, string>,
  os: () => Pick<typeof import("node:os"), "homedir">,
): Record<string, string> {
  if (env.HOME) return env;
  const { HOME: _, ...rest } = env;
  const home = homeOfUser(os);
  return home ? { ...rest, HOME: home } : rest;
}

/** Returns our user's home folder from the user database, if it has one. */
export function homeOfUser(
  os: () => Pick<typeof import("node:os"), "homedir">,
): string | undefined {
  try {
    return os().homedir() || undefined;
  } catch {
    return undefined; // the database does not know our user
  }
}
