import type { ByteSource } from "./byte_source.ts";

/** A server that only this machine can reach. */
export interface LoopbackServer extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
}

/** A request to a loopback server. */
export interface ServedRequest extends IncomingRequest {
  /**
   * Keeps the connection: the server is meant for this client. Otherwise the
   * server closes it after the reply.
   */
  admit(): void;
}

/** The parts of a `Request` that a server needs. */
export interface IncomingRequest
  extends Pick<Request, "method" | "url" | "headers" | "signal"> {
  /** Its body. */
  readonly body: ByteSource | null;
}

/** A reply: a `Response` whose body is not a stream. */
export interface Reply {
  /** The status. */
  readonly status: number;
  /** The header. */
  readonly headers: Headers;
  /** The body. */
  readonly body: ByteSource | null;
}

/** Answers a request. If it rejects, the connection is cut. */
export type ServeHandler = (request: ServedRequest) => Promise<Reply>;

/** Options of a loopback server. */
export interface ServeOptions {
  /**
   * How long a client may take until a request of it is admitted, milliseconds.
   *
   * @default 60_000
   */
  graceMs?: number | undefined;
  /**
   * Called once, when a client is refused because `clients` have a connection,
   * as many as the limit of open files allows. @default nothing
   */
  onFull?: ((clients: number) => void) | undefined;
  /** Called when the server can accept no more connections. @default nothing */
  onFailure?: ((error: unknown) => void) | undefined;
}

/** A connection to a client or to a service. */
export interface Connection {
  /**
   * Returns the next bytes, which the caller may keep and change; `undefined` if
   * the other side has closed its side.
   */
  read(): Promise<Uint8Array | undefined>;
  /** Writes all of `bytes`; waits if the other side does not read them. */
  write(bytes: Uint8Array): Promise<void>;
  /** Closes our side. */
  end(): void;
  /** Closes it at once; what waits for it fails or ends. */
  destroy(): void;
}

/** The body of a request to a service. */
export interface OutgoingBody {
  /** Its length, bytes. */
  readonly size: number;
  /** All of it, if it is in memory. */
  readonly bytes?: Uint8Array | undefined;
  /** Returns its bytes from the start. Read or cancel them. */
  open(): ByteSource;
}

/** A request to a service. */
export interface OutgoingRequest {
  /** The method. */
  readonly method: string;
  /** The header, without `host` and `content-length`. */
  readonly headers: Headers;
  /** The body, if it has one. */
  readonly body?: OutgoingBody | undefined;
  /** Ends the request, and the reading of its reply. */
  readonly signal: AbortSignal;
}

/** A reply of a service. Read or cancel its body. */
export interface ReceivedReply extends Reply {
  /** Whether the body was decoded as its `Content-Encoding` says. */
  readonly isDecoded: boolean;
  /**
   * Whether reading the body fails if the connection is reset midway. Otherwise
   * the body only seems to end early.
   */
  readonly reportsReset: boolean;
}

/** Sends a request, as the function of the web platform does. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/** Our outgoing connections; disposing of them closes them. */
export interface Connections extends Disposable {
  /**
   * Sends a request to `url` by HTTP/1.1 with the options of `initFor()`. Does
   * not follow redirects. Uses `fetch` if it is given.
   */
  send(
    url: URL,
    request: OutgoingRequest,
    fetch?: Fetch,
  ): Promise<ReceivedReply>;
  /**
   * Returns the options with which `fetch` sends a request to `url` by
   * HTTP/1.1, tolerates long pauses, and uses the proxy of `HTTPS_PROXY`,
   * `HTTP_PROXY` and `NO_PROXY` except for unencrypted local requests. It also
   * trusts the certificates in `SSL_CERT_FILE` and `NODE_EXTRA_CA_CERTS`, and
   * under Deno those in `DENO_CERT`.
   */
  initFor(url: URL): RequestInit;
}

/** A proxy for requests to other machines. */
export interface UpstreamProxy {
  /** The address, with a password if required. Secret. */
  url: string;
  /** Hosts to reach without the proxy, in the format of `NO_PROXY`. */
  noProxy: string;
}

/**
 * Whether `noProxy` lists the host of `url`, by the agent's rules (undici's
 * `EnvHttpProxyAgent`): a name, optionally with a port; a name that begins with
 * `.` or `*.` covers all names below it; `*` covers everything.
 */
export function isExcepted(
  { hostname, port, protocol }: URL,
  noProxy: string,
): boolean {
  const ownPort = port || (protocol === "http:" ? "80" : "443");
  return noProxy.toLowerCase().split(/[,\s]+/).filter((it) => it).some((it) => {
    if (it === "*") return true;
    const [, name = it, onlyPort] = /^(.*):(\d+)$/.exec(it) ?? [];
    if (onlyPort !== undefined && onlyPort !== ownPort) return false;
    return /^[.*]/.test(name)
      ? hostname.endsWith(name.replace(/^\*/, ""))
      : hostname === name;
  });
}
