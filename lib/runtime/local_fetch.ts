import { isPlainLoopback } from "./loopback.ts";
import { runtime } from "./mod.ts";

/** Makes a request. A plain one to this machine goes there past any proxy. */
export async function fetchUnproxied(
  input: string | URL,
  init: RequestInit = {},
): Promise<Response> {
  const url = new URL(input);
  if (!isPlainLoopback(url)) return await fetch(url, init);
  using connections = runtime.host.connections();
  return await fetch(url, { ...connections.initFor(url), ...init });
}
