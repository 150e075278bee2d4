/**
 * How long to wait where another process has made a stream non-blocking,
 * milliseconds; nothing tells when it is ready again.
 */
const BUSY_MS = 5;

/** Waits before a stream is tried again that is not ready. */
export function whileBusy(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, BUSY_MS));
}
