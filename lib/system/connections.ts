/**
 * Requests to services: by our own client, or by the `fetch` of the runtime
 * where a proxy or a variable needs a feature that only `fetch` has.
 *
 * @module
 */

import { type ByteSource, streamOf } from "./byte_source.ts";
import type { Connect, HttpClient } from "./http_client.ts";
import { isPlainLoopback } from "./loopback.ts";
import {
  type Connections,
  type Fetch,
  isExcepted,
  type OutgoingBody,
  type OutgoingRequest,
  type ReceivedReply,
  type UpstreamProxy,
} from "./network.ts";

/** The variables that may name a proxy for encrypted requests. */
const PROXY_VARIABLES = [
  "https_proxy",
  "HTTPS_PROXY",
  "all_proxy",
  "ALL_PROXY",
];

/** The `fetch` of a runtime. */
interface FetchOfRuntime extends Pick<Connections, "initFor">, Disposable {
  /** Variables that only `fetch` honors. */
  readonly variables: readonly string[];
  /**
   * Returns a body that it streams without chunked encoding. The request must
   * have `size` as its `Content-Length`.
   */
  bodyOf(size: number, open: () => ReadableStream<Uint8Array>): BodyInit;
  /** Returns the bytes of the body of a reply. */
  sourceOf(body: ReadableStream<Uint8Array>): ByteSource;
  /** Whether it decodes replies of this `Content-Encoding`. */
  decodes(contentEncoding: string): boolean;
  /** Whether reading a body fails if the connection is reset midway. */
  reportsReset(headers: Headers): boolean;
}

/** How a runtime sends requests. */
interface Ways {
  /** Its own client. */
  fetching: FetchOfRuntime;
  /** How it opens connections for ours. */
  connect: Connect;
  /** Returns a variable of the environment. */
  variable: (name: string) => string | undefined;
  /** The proxy for other machines. @default that of the environment */
  proxy?: UpstreamProxy | undefined;
}

/** Returns the connections of a runtime. */
export function connectionsBy(
  { fetching, connect, variable, proxy }: Ways,
): Connections {
  const needsFetch = [...PROXY_VARIABLES, ...fetching.variables]
    .some((it) => variable(it));
  let client: HttpClient | undefined;
  return {
    initFor: (url) => fetching.initFor(url),
    async send(url, request, fetch) {
      if (fetch || !isDirect(url)) {
        return await sendBy(fetch ?? globalThis.fetch, {
          url,
          request,
          fetching,
        });
      }
      const { HttpClient } = await import("./http_client.ts");
      client ??= new HttpClient(connect);
      const reply = await client.send(url, request);
      const reportsReset = fetching.reportsReset(reply.headers);
      return { ...reply, isDecoded: false, reportsReset };
    },
    [Symbol.dispose]() {
      client?.[Symbol.dispose]();
      fetching[Symbol.dispose]();
    },
  };

  function isDirect(url: URL): boolean {
    if (url.protocol === "http:") return isPlainLoopback(url);
    return !needsFetch && (!proxy || isExcepted(url, proxy.noProxy));
  }
}

/** Sends a request by `fetch`. */
async function sendBy(
  fetch: Fetch,
  { url, request, fetching }: {
    url: URL;
    request: OutgoingRequest;
    fetching: FetchOfRuntime;
  },
): Promise<ReceivedReply> {
  const { method, body, signal } = request;
  // Deno (2.9.6) copies `Headers` five times slower than lines.
  const lines: [string, string][] = [];
  request.headers.forEach((value, name) => lines.push([name, value]));
  if (body) lines.push(["content-length", `${body.size}`]);
  const opened: ByteSource[] = [];
  const contentOf = ({ size, bytes, open }: OutgoingBody) =>
    bytes as Uint8Array<ArrayBuffer> | undefined ??
      fetching.bodyOf(size, () => {
        const source = open();
        opened.push(source);
        return streamOf(source);
      });
  try {
    const response = await fetch(url, {
      ...fetching.initFor(url),
      method,
      headers: lines,
      ...(body ? { body: contentOf(body) } : {}),
      redirect: "manual",
      signal,
    });
    const { status, headers } = response;
    return {
      status,
      headers,
      body: response.body && fetching.sourceOf(response.body),
      isDecoded: fetching.decodes(headers.get("content-encoding") ?? ""),
      reportsReset: fetching.reportsReset(headers),
    };
  } catch (error) {
    // Bun (1.4.5) cancels only a body that it has read.
    for (const it of opened) await it.cancel();
    throw error;
  }
}
