/** 127.0.0.0/8 and ::1 (RFC 1122, RFC 4291), as a `URL` writes them. */
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** Whether `hostname`, as a `URL` writes it, is this machine. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/**
 * Whether a request to `url` is plain and stays on this machine. No proxy of
 * the environment may have it: it would read what is to stay here.
 */
export function isPlainLoopback({ protocol, hostname }: URL): boolean {
  return protocol === "http:" && isLoopback(hostname);
}

/** Whether nobody can listen in: by https, or without leaving the machine. */
export function isSafe(url: URL): boolean {
  return url.protocol === "https:" || isPlainLoopback(url);
}
