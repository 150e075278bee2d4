import { openLoopbackClient } from "./deno_loopback_client.ts";

/** 127.0.0.0/8 and ::1 (RFC 1122, RFC 4291), as a `URL` writes them. */
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** Whether `hostname`, as a `URL` writes it, is this machine. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/**
 * Makes a request. One for this machine by plain http goes straight there: the
 * proxy of `HTTP_PROXY` would read what is to stay on it.
 */
export async function fetchUnproxied(
  input: string | URL,
  init: RequestInit = {},
): Promise<Response> {
  const { protocol, hostname } = new URL(input);
  if (protocol !== "http:" || !isLoopback(hostname)) {
    return await fetch(input, init);
  }
  using client = openLoopbackClient();
  return await fetch(input, { ...init, client });
}
