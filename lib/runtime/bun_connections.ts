import type { Connections } from "./mod.ts";

/** What Bun's `fetch` decodes. */
const DECODED = /^(?:gzip|br|deflate|zstd)$/i;

/** Opens connections with Bun's own client. */
export function bunConnections(): Connections {
  return {
    initFor: () => ({}),
    bodyOf: (_size, open) => open(),
    decodes: (contentEncoding) => DECODED.test(contentEncoding.trim()),
    [Symbol.dispose]() {},
  };
}
