/**
 * Adds the host of `baseUrl`, which is on this machine, to the proxy exceptions
 * in `env`. `noProxy` are those of the agent's own files.
 */
export function spareLoopback(
  env: Record<string, string>,
  { baseUrl = "http://127.0.0.1", noProxy = "" }: {
    baseUrl?: string | undefined;
    noProxy?: string | undefined;
  },
): void {
  const given = { ...env };
  const { hostname } = new URL(baseUrl);
  for (const name of ["NO_PROXY", "no_proxy"]) {
    const hosts = given[name] ?? given.NO_PROXY ?? given.no_proxy ?? noProxy;
    if (hosts.trim() === "*") continue;
    env[name] = hosts ? `${hosts},${hostname}` : hostname;
  }
}
