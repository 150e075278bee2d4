import { isPlainLoopback } from "./loopback.ts";
import type { Connections } from "./network.ts";
import { isExcepted, type UpstreamProxy } from "./upstream_proxy.ts";

/** What Deno's `fetch` decodes; it keeps the header (2.9.6). */
const DECODED = /^(?:gzip|br)$/i;

/** Servers close idle connections after a minute or more. */
const POOL_IDLE_MS = 30_000;

/**
 * Opens connections with Deno's own client.
 *
 * By HTTP/1.1, as the CLI has it: all streams of an HTTP/2 connection share one
 * window, so a client that reads slowly would hold up the others, and a server
 * that allows 100 of them at a time would hold up the next one.
 */
export function denoConnections(proxy?: UpstreamProxy): Connections {
  let outside: Deno.HttpClient | undefined;
  let inside: Deno.HttpClient | undefined;
  let proxied: Deno.HttpClient | undefined;
  return {
    initFor(url) {
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
    bodyOf: (size, open) => new SizedBody(size, open),
    decodes: (contentEncoding) => DECODED.test(contentEncoding.trim()),
    tellsReset: () => true,
    [Symbol.dispose]() {
      outside?.close();
      inside?.close();
      proxied?.close();
      proxied = undefined;
      outside = undefined;
      inside = undefined;
    },
  };
}

/** Deno does not read a password in the address of a proxy (2.9.6). */
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

/** Deno looks at `DENO_CERT` and `NODE_EXTRA_CA_CERTS` itself, not at this. */
function extraCertificates(): string[] {
  const path = Deno.env.get("SSL_CERT_FILE");
  if (!path) return [];
  try {
    return [Deno.readTextFileSync(path)];
  } catch {
    return []; // as OpenSSL has it: a file that cannot be read adds nothing
  }
}

/** Deno sends a blob by its `stream` and as many bytes as its `size` says. */
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

/** What Deno takes a proxy for plain requests from. */
const PROXY_VARIABLES = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];

/** What it takes exceptions from. */
const EXCEPTION_VARIABLES = ["no_proxy", "NO_PROXY"];

/** As a `URL` may write this machine; Deno knows no name for all of it. */
const LOOPBACK_HOSTS = "localhost,127.0.0.0/8,::1";

/**
 * Opens a client whose requests to this machine go straight there, in origin
 * form (RFC 9112, section 3.2.1): a plain request with a key is not to leave
 * the machine, and most servers refuse one that is written for a proxy.
 *
 * Deno 2.9.6 has no option for it, but looks at the environment once, when a
 * client is made; for that moment it finds the exceptions there. Nothing else
 * runs in between, so no child gets them.
 */
export function openLoopbackClient(
  options: Deno.CreateHttpClientOptions = {},
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
