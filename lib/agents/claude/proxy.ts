import {
  type FoundProxy,
  proxyAmong,
  type ProxyFormat,
  type ProxyRun,
} from "../proxy_format.ts";

/** How `claude` uses a proxy (2.1.332). */
export const proxy: ProxyFormat = { find, sparesLoopbackSince: "0" };

/** The variables that name a proxy for https, the first one that is set. */
const VARIABLES = {
  names: [
    "https_proxy",
    "HTTPS_PROXY",
    "http_proxy",
    "HTTP_PROXY",
    "all_proxy",
    "ALL_PROXY",
  ],
  exceptions: ["no_proxy", "NO_PROXY"],
};

/**
 * Looks in the user's settings, whose `env` beats the environment. The settings
 * of a project do not count: ours override them.
 */
async function find(
  { dir, env, files }: ProxyRun,
): Promise<FoundProxy | undefined> {
  const path = `${dir}/settings.json`;
  const ofSettings: Record<string, unknown> = Object(
    (await files.settings(path))?.env,
  );
  const valueOf = (name: string) => {
    const value = ofSettings[name] ?? env[name];
    return typeof value === "string" ? value.trim() : "";
  };
  const found = proxyAmong(valueOf, VARIABLES);
  if (!found) return undefined;
  const { name, ...proxy } = found;
  const origin = ofSettings[name] === undefined
    ? name
    : `${name} in settings.json`;
  return { ...proxy, origin };
}
