import { sourceOf } from "../byte_source.ts";
import { connectionsBy } from "../connections.ts";
import type { Connect } from "../http_client.ts";
import { isPlainLoopback } from "../loopback.ts";
import {
  type Connections,
  isExcepted,
  type UpstreamProxy,
} from "../network.ts";
import { bun } from "./modules.ts";

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
 * Opens connections. Bun's own client, which the whole process shares, speaks
 * HTTP/1.1 without further options, reads the variables for proxies and
 * certificates, never resends a request, allows a reply to pause for more than
 * five minutes, and honors a given `Content-Length` (1.4.5, measured).
 */
export function bunConnections(proxy?: UpstreamProxy): Connections {
  const { env } = bun.process;
  const fetching = {
    initFor(url: URL) {
      const init = (proxy: string | false): RequestInit & BunInit => ({
        proxy,
      });
      if (isPlainLoopback(url)) return init(false);
      if (!proxy) return {};
      return isExcepted(url, proxy.noProxy) ? {} : init(proxy.url);
    },
    variables: ["NODE_TLS_REJECT_UNAUTHORIZED"],
    bodyOf: (_size: number, open: () => ReadableStream<Uint8Array>) =>
      open() as BodyInit,
    sourceOf,
    decodes: (contentEncoding: string) => DECODED.test(contentEncoding.trim()),
    reportsReset: (headers: Headers) => FRAMES.some((it) => headers.has(it)),
    [Symbol.dispose]() {},
  };
  const connect: Connect = async (url, signal) => {
    const { bunConnect } = await import("./connection.ts");
    return await bunConnect(url, signal);
  };
  return connectionsBy({
    fetching,
    connect,
    variable: (name) => env[name],
    proxy,
  });
}

/** Options of Bun's `fetch` beyond the standard. */
interface BunInit {
  /** The proxy; `false` disables proxies, also those of the environment. */
  proxy: string | false;
}
