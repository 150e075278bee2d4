/** 127.0.0.0/8 and ::1 (RFC 1122, RFC 4291), in the notation of `URL`. */
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** Whether `hostname`, in the notation of `URL`, is this machine. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/**
 * Whether a request to `url` is unencrypted and stays on this machine. Such a
 * request must not go through a proxy, which could read it.
 */
export function isPlainLoopback({ protocol, hostname }: URL): boolean {
  return protocol === "http:" && isLoopback(hostname);
}

/** Whether nobody can eavesdrop on requests to `url`: encrypted, or local. */
export function isSafe(url: URL): boolean {
  return url.protocol === "https:" || isPlainLoopback(url);
}
