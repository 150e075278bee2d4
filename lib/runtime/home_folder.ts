/**
 * Adds the home of our user to `env` where `HOME` is not set, or empty: the one
 * of the user database, as the CLI does (os.homedir() of Node). It stays out
 * where the database does not know the user.
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

/** The home of our user in the user database, if that knows one. */
export function homeOfUser(
  os: () => Pick<typeof import("node:os"), "homedir">,
): string | undefined {
  try {
    return os().homedir() || undefined;
  } catch {
    return undefined; // the database does not know our user
  }
}
