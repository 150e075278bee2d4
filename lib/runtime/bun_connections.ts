import { isPlainLoopback } from "./loopback.ts";
import type { Connections } from "./mod.ts";

/** What Bun's `fetch` decodes, each by itself; it keeps the header (1.4.5). */
const DECODED = /^(?:(?:x-)?gzip|br|deflate|zstd)$/i;

/**
 * Opens connections with Bun's own client, which all of our process share. By
 * itself it speaks HTTP/1.1, reads the variables of proxies and certificates,
 * sends no request again, lets a reply be silent for over five minutes, and
 * goes by a `Content-Length` that it is given (1.4.5, measured).
 */
export function bunConnections(): Connections {
  return {
    initFor(url) {
      const direct: RequestInit & BunInit = { proxy: false };
      return isPlainLoopback(url) ? direct : {};
    },
    bodyOf: (_size, open) => open() as BodyInit,
    decodes: (contentEncoding) => DECODED.test(contentEncoding.trim()),
    [Symbol.dispose]() {},
  };
}

/** What Bun's `fetch` can be told beside the standard. */
interface BunInit {
  /** `false`: no proxy, whatever the environment says. */
  proxy: false;
}
