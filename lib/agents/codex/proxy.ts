import {
  type FoundProxy,
  proxyAmong,
  type ProxyFormat,
  type ProxyRun,
} from "../proxy_format.ts";

/** How `codex` uses a proxy (measured on 0.100.0 and 0.171.0). */
export const proxy: ProxyFormat = { find, sparesLoopbackSince: "0" };

const VARIABLES = {
  // For services on the internet, which all have TLS.
  names: ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
  exceptions: ["NO_PROXY", "no_proxy"],
};

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
  const found = proxyAmong((it) => variables[it]?.trim() ?? "", VARIABLES);
  if (!found) return undefined;
  const { name, ...proxy } = found;
  return { ...proxy, origin: name in ofHome ? `${name} in ${path}` : name };
}
