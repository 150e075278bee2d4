/** A proxy that requests to other machines go through. */
export interface UpstreamProxy {
  /** Where it is, with a password if it needs one. Secret. */
  url: string;
  /** The hosts that are reached without it, as `NO_PROXY` lists them. */
  noProxy: string;
}

/**
 * Whether `noProxy` excepts the host of `url`, as the Qwen CLI reads it
 * (undici's `EnvHttpProxyAgent`): a name, with a port if need be; one that begins
 * with `.` or `*.` stands for all names below it; `*` stands for all.
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
