import { tempDir } from "../../support/temp_dir.ts";

/** A proxy on loopback in front of a service, for a program that wants HTTPS. */
export interface TlsProxy extends AsyncDisposable {
  /** The variables with which a program uses it. */
  env: Record<string, string>;
}

/** The hosts that the real claude asks. */
const HOSTS = [
  "api.anthropic.com",
  "console.anthropic.com",
  "platform.claude.com",
];

/**
 * Starts a proxy that answers for the hosts of claude in place of them: each
 * request goes to `url`. Needs `openssl` for its certificate.
 */
export async function startTlsProxy(url: string): Promise<TlsProxy> {
  await using owned = new AsyncDisposableStack();
  const dir = owned.use(await tempDir());
  const { cert, key } = await makeCertificate(dir.path);
  const end = new AbortController();
  owned.defer(() => end.abort());
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen() {},
    signal: end.signal,
    cert,
    key,
  }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const body = await request.text();
    return await fetch(`${url}${pathname}${search}`, {
      method: request.method,
      headers: { authorization: request.headers.get("authorization") ?? "" },
      ...(body === "" ? {} : { body }),
    });
  });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = acceptAll(listener, server.addr.port);
  owned.defer(async () => {
    listener.close();
    await accepting;
  });
  const disposables = owned.move();
  return {
    env: {
      HTTPS_PROXY: `http://127.0.0.1:${listener.addr.port}`,
      NODE_EXTRA_CA_CERTS: `${dir.path}/cert.pem`,
    },
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}

async function makeCertificate(dir: string) {
  const names = HOSTS.map((it) => `DNS:${it}`).join(",");
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "ec"],
      ...["-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-days", "2", "-subj", "/CN=test"],
      ...["-addext", `subjectAltName=${names}`],
      ...["-keyout", `${dir}/key.pem`, "-out", `${dir}/cert.pem`],
    ],
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return {
    cert: await Deno.readTextFile(`${dir}/cert.pem`),
    key: await Deno.readTextFile(`${dir}/key.pem`),
  };
}

async function acceptAll(
  listener: Deno.TcpListener,
  port: number,
): Promise<void> {
  const tunnels: Promise<unknown>[] = [];
  try {
    for await (const client of listener) {
      tunnels.push(tunnel(client, port).catch(() => {}));
    }
  } finally {
    await Promise.all(tunnels);
  }
}

/** Answers `CONNECT`, and passes on what follows. */
async function tunnel(client: Deno.TcpConn, port: number): Promise<void> {
  const head = new Uint8Array(16_384);
  if (await client.read(head) === null) return client.close();
  const server = await Deno.connect({ hostname: "127.0.0.1", port });
  const established = "HTTP/1.1 200 Connection established\r\n\r\n";
  await client.write(new TextEncoder().encode(established));
  await Promise.allSettled([
    client.readable.pipeTo(server.writable),
    server.readable.pipeTo(client.writable),
  ]);
}
