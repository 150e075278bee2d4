import { type ByteSource, sourceOf } from "../byte_source.ts";
import { connectionsBy } from "../connections.ts";
import type { Connect } from "../http_client.ts";
import { isPlainLoopback } from "../loopback.ts";
import {
  type Connection,
  type Connections,
  isExcepted,
  type UpstreamProxy,
} from "../network.ts";
import { connectionOf } from "./connection.ts";

/** The encodings that Deno's `fetch` decodes; it keeps the header (2.9.6). */
const DECODED = /^(?:gzip|br)$/i;

/** Servers close idle connections after a minute or more. */
const POOL_IDLE_MS = 30_000;

/**
 * Opens connections, by HTTP/1.1 as the agent does. All streams of an HTTP/2
 * connection share one window, so a client that reads slowly would block the
 * others, and a server that allows 100 streams would block the 101st.
 */
export function denoConnections(proxy?: UpstreamProxy): Connections {
  let outside: Deno.HttpClient | undefined;
  let inside: Deno.HttpClient | undefined;
  let proxied: Deno.HttpClient | undefined;
  const fetching = {
    initFor(url: URL) {
      if (proxy && !isPlainLoopback(url) && !isExcepted(url, proxy.noProxy)) {
        return initOf(
          proxied ??= Deno.createHttpClient({
            ...clientOptions(),
            proxy: proxyOf(proxy),
          }),
        );
      }
      return initOf(
        isPlainLoopback(url)
          ? inside ??= openLoopbackClient(clientOptions())
          : outside ??= Deno.createHttpClient(clientOptions()),
      );
    },
    variables: [],
    bodyOf: (size: number, open: () => ReadableStream<Uint8Array>) =>
      new SizedBody(size, open),
    decodes: (contentEncoding: string) => DECODED.test(contentEncoding.trim()),
    sourceOf: bytesOf,
    reportsReset: () => true,
    [Symbol.dispose]() {
      outside?.close();
      inside?.close();
      proxied?.close();
      proxied = undefined;
      outside = undefined;
      inside = undefined;
    },
  };
  return connectionsBy({
    fetching,
    connect,
    variable: (name) => Deno.env.get(name),
    proxy,
  });
}

/** Opens a connection for our own client. */
const connect: Connect = async (
  { protocol, hostname, port },
  signal,
): Promise<Connection> => {
  const host = hostname.replace(/^\[|\]$/g, "");
  const isSecure = protocol === "https:";
  const cancel = new AbortController();
  // With its usual method, Deno (2.9.6) loses a connection that opens just when
  // the signal aborts: nobody could close it.
  cancel.signal.throwIfAborted = () => {};
  let connection: Connection | undefined;
  const abort = () => {
    cancel.abort();
    connection?.destroy();
  };
  signal.addEventListener("abort", abort);
  try {
    const tcp = await Deno.connect({
      hostname: host,
      port: Number(port || (isSecure ? 443 : 80)),
      signal: cancel.signal,
    });
    connection = connectionOf(tcp);
    signal.throwIfAborted();
    tcp.setNoDelay(true);
    if (!isSecure) return connection;
    const tls = await Deno.startTls(tcp, {
      hostname: host,
      caCerts: extraCertificates(),
      alpnProtocols: ["http/1.1"],
    });
    connection = connectionOf(tls);
    signal.throwIfAborted();
    await tls.handshake();
    return connection;
  } catch (error) {
    connection?.destroy();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
};

/** Deno ignores a password in the address of a proxy (2.9.6). */
function proxyOf({ url }: UpstreamProxy): Deno.Proxy {
  const { username, password } = URL.parse(url) ?? {};
  const address = url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, "$1");
  if (!username && !password) return { url: address };
  const basicAuth = {
    username: decodeURIComponent(username ?? ""),
    password: decodeURIComponent(password ?? ""),
  };
  return { url: address, basicAuth };
}

function initOf(client: Deno.HttpClient): RequestInit {
  const init: RequestInit & { client: Deno.HttpClient } = { client };
  return init;
}

function clientOptions(): Deno.CreateHttpClientOptions {
  return {
    http2: false,
    poolIdleTimeout: POOL_IDLE_MS,
    caCerts: extraCertificates(),
  };
}

/**
 * Deno itself reads `DENO_CERT` and `NODE_EXTRA_CA_CERTS`, but not this
 * variable.
 */
function extraCertificates(): string[] {
  const path = Deno.env.get("SSL_CERT_FILE");
  if (!path) return [];
  try {
    return [Deno.readTextFileSync(path)];
  } catch {
    return []; // OpenSSL ignores an unreadable file too
  }
}

/** A body of known size: Deno sends a blob's `stream` and trusts its `size`. */
class SizedBody extends Blob {
  readonly #size: number;
  readonly #open: () => ReadableStream<Uint8Array>;

  constructor(size: number, open: () => ReadableStream<Uint8Array>) {
    super();
    this.#size = size;
    this.#open = open;
  }

  override get size(): number {
    return this.#size;
  }

  override stream(): ReturnType<Blob["stream"]> {
    return this.#open() as ReturnType<Blob["stream"]>;
  }
}

/**
 * The most bytes to read at a time; the fewest to hand over without a copy, and
 * the most at first, as the events of most streams are smaller.
 */
const PIECE = 16_384;
const LARGE = 4_096;

/** The buffer of a reply that has ended. */
let spare: ArrayBuffer | undefined;

/**
 * Reads the body of a reply into a buffer of its own. With its usual reader,
 * Deno (2.9.6) allocates 64 KiB for every event.
 */
function bytesOf(body: ReadableStream<Uint8Array>): ByteSource {
  const reader = byteReaderOf(body);
  if (!reader) return sourceOf(body);
  let buffer = spare ?? new ArrayBuffer(LARGE);
  spare = undefined;
  const take = ({ value }: { value?: Uint8Array<ArrayBuffer> | undefined }) => {
    if (!value || value.length === 0) {
      spare = value?.buffer;
      return undefined;
    }
    if (value.length >= LARGE) {
      buffer = new ArrayBuffer(PIECE);
      return value;
    }
    buffer = value.buffer;
    const bytes = new Uint8Array(value.length); // faster than slice()
    bytes.set(value);
    return bytes;
  };
  return {
    read: () => reader.read(new Uint8Array(buffer)).then(take),
    cancel: (reason) => reader.cancel(reason),
  };
}

/** Returns `undefined` for a body that is not from the network. */
function byteReaderOf(
  body: ReadableStream<Uint8Array>,
): ReadableStreamBYOBReader | undefined {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
}

/** The variables that name Deno's proxy for plain requests. */
const PROXY_VARIABLES = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];

/** The variables that list the exceptions. */
const EXCEPTION_VARIABLES = ["no_proxy", "NO_PROXY"];

/** All spellings of this machine in a `URL`; Deno has no single name for it. */
const LOOPBACK_HOSTS = "localhost,127.0.0.0/8,::1";

/**
 * Opens a client that never uses a proxy for this machine. A plain request with
 * a key must not leave the machine, and most servers refuse a request in the
 * form for proxies (RFC 9112, section 3.2).
 *
 * Deno 2.9.6 has no option for this. It reads the environment once, when a
 * client is created, so the exceptions are set for just that call. No other
 * code runs meanwhile, so no child inherits them.
 */
function openLoopbackClient(
  options: Deno.CreateHttpClientOptions,
): Deno.HttpClient {
  if (!PROXY_VARIABLES.some((it) => Deno.env.get(it))) {
    return Deno.createHttpClient(options);
  }
  const before = EXCEPTION_VARIABLES.map((it) =>
    [it, Deno.env.get(it)] as const
  );
  try {
    for (const [name] of before) Deno.env.set(name, LOOPBACK_HOSTS);
    return Deno.createHttpClient(options);
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}
