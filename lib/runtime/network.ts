/** A server that only this machine reaches. */
export interface LoopbackServer extends AsyncDisposable {
  /** Where it listens on 127.0.0.1. */
  readonly port: number;
}

/** How to serve. */
export interface ServeOptions {
  /**
   * Whether a request comes from a client that the server is for. The
   * connection of another one is closed after the reply.
   *
   * @default yes
   */
  admits?: ((request: Request) => boolean) | undefined;
  /** Hears why the server can accept no more connections. @default nobody */
  onFailure?: ((error: unknown) => void) | undefined;
}

/** The connections of ours to other machines; disposing of them ends them. */
export interface Connections extends Disposable {
  /**
   * What `fetch` is to be told so that a request to `url` goes by HTTP/1.1, by
   * the proxy of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` unless it is plain
   * and stays on this machine, may be silent for long, and trusts the
   * certificates in `SSL_CERT_FILE` and `NODE_EXTRA_CA_CERTS` too, with Deno
   * also those in `DENO_CERT`.
   */
  initFor(url: URL): RequestInit;
  /**
   * A body that `fetch` sends as it is read, without its length being told by
   * chunks. The request must have that as its `Content-Length`.
   */
  bodyOf(size: number, open: () => ReadableStream<Uint8Array>): BodyInit;
  /** Whether `fetch` decodes replies of this `Content-Encoding`. */
  decodes(contentEncoding: string): boolean;
  /**
   * Whether a body breaks when the connection is reset in the middle of it; else
   * it only seems to have ended.
   */
  tellsReset(headers: Headers): boolean;
}
