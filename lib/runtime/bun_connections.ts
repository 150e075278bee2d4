import { isPlainLoopback } from "./loopback.ts";
import type { Connections } from "./network.ts";
import { isExcepted, type UpstreamProxy } from "./upstream_proxy.ts";

/** What Bun's `fetch` decodes, each by itself; it keeps the header (1.4.5). */
const DECODED = /^(?:(?:x-)?gzip|br|deflate|zstd)$/i;

/** What tells Bun where a body ends; a compressed one tells itself (1.4.5). */
const FRAMES = ["content-length", "transfer-encoding", "content-encoding"];

/**
 * Opens connections with Bun's own client, which all of our process share. By
 * itself it speaks HTTP/1.1, reads the variables of proxies and certificates,
 * sends no request again, lets a reply be silent for over five minutes, and
 * goes by a `Content-Length` that it is given (1.4.5, measured).
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
    tellsReset: (headers) => FRAMES.some((it) => headers.has(it)),
    [Symbol.dispose]() {},
  };
}

/** What Bun's `fetch` can be told beside the standard. */
interface BunInit {
  /** The proxy; `false` for none, whatever the environment says. */
  proxy: string | false;
}
