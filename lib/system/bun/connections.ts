import { isPlainLoopback } from "../loopback.ts";
import type { Connections } from "../network.ts";
import { isExcepted, type UpstreamProxy } from "../upstream_proxy.ts";

/**
 * The encodings that Bun's `fetch` decodes, unless combined; it keeps the
 * header (1.4.5).
 */
const DECODED = /^(?:(?:x-)?gzip|br|deflate|zstd)$/i;

/**
 * Headers by which Bun knows where a body ends. Compressed data marks its own
 * end (1.4.5).
 */
const FRAMES = ["content-length", "transfer-encoding", "content-encoding"];

/**
 * Opens connections with Bun's own client, which the whole process shares.
 * Without further options it speaks HTTP/1.1, reads the variables for proxies
 * and certificates, never resends a request, allows a reply to pause for more
 * than five minutes, and honors a given `Content-Length` (1.4.5, measured).
 */
export function bunConnections(proxy?: UpstreamProxy): Connections {
  return {
    initFor(url) {
      const init = (proxy: string | false): RequestInit & BunInit => ({
        proxy,
      });
      if (isPlainLoopback(url)) return init(false);
      if (!proxy) return {};
      return isExcepted(url, proxy.noProxy) ? {} : init(proxy.url);
    },
    bodyOf: (_size, open) => open() as BodyInit,
    decodes: (contentEncoding) => DECODED.test(contentEncoding.trim()),
    reportsReset: (headers) => FRAMES.some((it) => headers.has(it)),
    [Symbol.dispose]() {},
  };
}

/** Options of Bun's `fetch` beyond the standard. */
interface BunInit {
  /** The proxy; `false` disables proxies, also those of the environment. */
  proxy: string | false;
}
