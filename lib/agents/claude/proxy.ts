import type { FoundProxy, ProxyFormat, ProxyRun } from "../settings_format.ts";

/** How `claude` uses a proxy (2.1.332). */
export const proxy: ProxyFormat = { find, sparesLoopbackSince: "0" };

/** The variables that name a proxy for https, the first one that is set. */
const PROXY = [
  "https_proxy",
  "HTTPS_PROXY",
  "http_proxy",
  "HTTP_PROXY",
  "all_proxy",
  "ALL_PROXY",
];

const NO_PROXY = ["no_proxy", "NO_PROXY"];

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
  const name = PROXY.find((it) => valueOf(it) !== "");
  if (name === undefined) return undefined;
  const url = valueOf(name);
  return {
    url: /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`,
    noProxy: NO_PROXY.map(valueOf).find((it) => it !== "") ?? "",
    origin: ofSettings[name] === undefined ? name : `${name} in settings.json`,
  };
}
