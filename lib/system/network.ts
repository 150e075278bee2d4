/** A server that only this machine can reach. */
export interface LoopbackServer extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
}

/** Options of a loopback server. */
export interface ServeOptions {
  /**
   * Whether the server is meant for the client of this request. If not, the
   * server closes the connection after the reply.
   *
   * @default yes
   */
  admits?: ((request: Request) => boolean) | undefined;
  /** Called when the server can accept no more connections. @default nothing */
  onFailure?: ((error: unknown) => void) | undefined;
}

/** Our outgoing connections; disposing of them closes them. */
export interface Connections extends Disposable {
  /**
   * Returns the options with which `fetch` sends a request to `url` by
   * HTTP/1.1, tolerates long pauses, and uses the proxy of `HTTPS_PROXY`,
   * `HTTP_PROXY` and `NO_PROXY` except for unencrypted local requests. It also
   * trusts the certificates in `SSL_CERT_FILE` and `NODE_EXTRA_CA_CERTS`, and
   * under Deno those in `DENO_CERT`.
   */
  initFor(url: URL): RequestInit;
  /**
   * Returns a body that `fetch` streams without chunked encoding. The request
   * must have `size` as its `Content-Length`.
   */
  bodyOf(size: number, open: () => ReadableStream<Uint8Array>): BodyInit;
  /** Whether `fetch` decodes replies of this `Content-Encoding`. */
  decodes(contentEncoding: string): boolean;
  /**
   * Whether reading a body fails if the connection is reset midway. Otherwise
   * the body only seems to end early.
   */
  reportsReset(headers: Headers): boolean;
}
