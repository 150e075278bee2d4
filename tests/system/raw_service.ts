import { testFile } from "../support/checkout.ts";
import { OK } from "./sent_replies.ts";

/** The folder of the certificates of the tests. */
export const TLS = testFile("testdata/tls/");

/** A service that answers each request by its path. */
export interface Service extends AsyncDisposable {
  /** Its base URL. */
  url: string;
  /** The number of the connection, and the path, of each request. */
  asked: [connection: number, path: string][];
  /** The last head. */
  head: string;
  /** How many connections are open. */
  readonly openConnections: number;
}

/** Answers a request; returns whether the connection stays open. */
export type Answer = (connection: Deno.Conn, times: number) => Promise<boolean>;

/**
 * Starts a service on 127.0.0.1, over TLS with the certificate of the tests if
 * it is secure. It answers "ok" to a path without an answer.
 */
export function startService(
  answers: Readonly<Record<string, Answer>>,
  { isSecure = false, readsBodies = true } = {},
): Service {
  const where = { hostname: "127.0.0.1", port: 0 };
  const listener = isSecure
    ? Deno.listenTls({
      ...where,
      cert: Deno.readTextFileSync(`${TLS}server.pem`),
      key: Deno.readTextFileSync(`${TLS}server.key`),
    })
    : Deno.listen(where);
  const open = new Set<Deno.Conn>();
  const talks: Promise<void>[] = [];
  let connections = 0;
  const { port } = listener.addr as Deno.NetAddr;
  const service: Service = {
    url: isSecure ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    asked: [],
    head: "",
    get openConnections() {
      return open.size;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const it of open) close(it);
      await accepting;
      await Promise.all(talks);
    },
  };
  const accepting = accept();
  return service;

  async function accept(): Promise<void> {
    while (true) {
      const connection = await listener.accept().catch((error) => {
        if (error instanceof Deno.errors.BadResource) return undefined;
        if (error instanceof Deno.errors.NotConnected) return "gone";
        throw error;
      });
      if (!connection) return;
      if (connection === "gone") continue;
      open.add(connection);
      talks.push(
        talk(connection, ++connections).catch(() => {}).finally(() =>
          close(connection)
        ),
      );
    }
  }

  async function talk(connection: Deno.Conn, id: number): Promise<void> {
    const buffer = new Uint8Array(65_536);
    let text = "";
    for (let times = 1;; times++) {
      while (!text.includes("\r\n\r\n")) {
        const size = await connection.read(buffer);
        if (size === null) return;
        text += latin1(buffer.subarray(0, size));
      }
      const end = text.indexOf("\r\n\r\n");
      service.head = text.slice(0, end);
      text = text.slice(end + 4);
      const path = /^\S+ (\S+) /.exec(service.head)?.[1] ?? "";
      const length = /^content-length: (\d+)$/m.exec(service.head)?.[1];
      service.asked.push([id, path]);
      if (readsBodies) {
        for (let left = Number(length ?? 0) - text.length; left > 0;) {
          left -= await connection.read(buffer) ?? left;
        }
        text = "";
      }
      const answer = answers[decodeURI(path)];
      if (answer) {
        if (!await answer(connection, times)) return;
      } else {
        await write(connection, `${OK}Content-Length: 2\r\n\r\nok`);
      }
    }
  }

  function close(connection: Deno.Conn): void {
    if (open.delete(connection)) connection.close();
  }
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

/** Writes all of `text`. */
export async function write(
  connection: Deno.Conn,
  text: string,
): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}

/** Resolves when the other side has closed the connection. */
export async function hangUpOf(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  while (await connection.read(buffer).catch(() => null) !== null);
}
