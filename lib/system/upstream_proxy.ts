/** A proxy for requests to other machines. */
export interface UpstreamProxy {
  /** The address, with a password if required. Secret. */
  url: string;
  /** Hosts to reach without the proxy, in the format of `NO_PROXY`. */
  noProxy: string;
}

/**
 * Whether `noProxy` lists the host of `url`, by the agent's rules (undici's
 * `EnvHttpProxyAgent`): a name, optionally with a port; a name that begins with
 * `.` or `*.` covers all names below it; `*` covers everything.
 */
export function isExcepted(
  { hostname, port, protocol }: URL,
  noProxy: string,
): boolean {
  const ownPort = port || (protocol === "http:" ? "80" : "443");
  return noProxy.toLowerCase().split(/[,\s]+/).filter((it) => it).some((it) => {
    if (it === "*") return true;
    const [, name = it, onlyPort] = /^(.*):(\d+)$/.exec(it) ?? [];
    if (onlyPort !== undefined && onlyPort !== ownPort) return false;
    return /^[.*]/.test(name)
      ? hostname.endsWith(name.replace(/^\*/, ""))
      : hostname === name;
  });
}
