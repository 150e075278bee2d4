import type { FoundProxy, ProxyFormat, ProxyRun } from "../settings_format.ts";

/** How `codex` uses a proxy (measured on 0.100.0 and 0.171.0). */
export const proxy: ProxyFormat = { find, sparesLoopbackSince: "0" };

/** For services on the internet, which all have TLS. */
const PROXY = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

const NO_PROXY = ["NO_PROXY", "no_proxy"];

/**
 * Looks in the `.env` file of the home, which overrides the environment, and in
 * the environment. The `.env` file of a project does not count.
 */
async function find(
  { env, dir, files }: ProxyRun,
): Promise<FoundProxy | undefined> {
  const path = `${dir}/.env`;
  const ofHome = await files.variables(path);
  const variables = { ...env, ...ofHome };
  const name = PROXY.find((it) => variables[it]?.trim());
  const url = name === undefined ? undefined : variables[name]?.trim();
  if (name === undefined || url === undefined) return undefined;
  return {
    url: /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`,
    noProxy: NO_PROXY.map((it) => variables[it]).find((it) => it) ?? "",
    origin: name in ofHome ? `${name} in ${path}` : name,
  };
}
