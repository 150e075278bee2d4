/** A service of a test, on loopback. */
export interface TestUpstream extends AsyncDisposable {
  /** Its base URL. */
  url: string;
  /** The requests, oldest first. */
  requests: SeenRequest[];
}

/** A request as it arrived. */
export interface SeenRequest {
  /** The HTTP method. */
  method: string;
  /** The path and the query. */
  path: string;
  /** The headers. */
  headers: Headers;
  /** The body, as text; for a raw request the whole head. */
  body: string;
}

/** Starts a service that answers request `number`, counted from 0. */
export function startUpstream(
  answer: (
    request: SeenRequest,
    number: number,
  ) => Response | Promise<Response>,
): TestUpstream {
  const requests: SeenRequest[] = [];
  const end = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, signal: end.signal },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const seen = {
        method: request.method,
        path: pathname + search,
        headers: request.headers,
        body: await request.text(),
      };
      requests.push(seen);
      return await answer(seen, requests.length - 1);
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/compatible-mode/v1`,
    requests,
    async [Symbol.asyncDispose]() {
      end.abort();
      await server.finished;
    },
  };
}

/** A connection of a {@linkcode startRawUpstream}. */
export interface RawConnection {
  /** Writes all of `part`; text as UTF-8. */
  write(part: string | Uint8Array): Promise<void>;
  /** Resolves when the other side has closed it. */
  closed(): Promise<void>;
}

/** Starts a service that writes its replies byte by byte itself. */
export function startRawUpstream(
  answer: (connection: RawConnection, number: number) => Promise<void>,
): TestUpstream {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const requests: SeenRequest[] = [];
  let number = 0;
  const accepting = (async () => {
    const all: Promise<void>[] = [];
    for await (const connection of connectionsOf(listener)) {
      open.add(connection);
      all.push(
        play(connection).catch(() => {}).finally(() => {
          if (open.delete(connection)) connection.close();
        }),
      );
    }
    await Promise.all(all);
  })();
  const { port } = listener.addr;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) connection.close();
      open.clear();
      await accepting;
    },
  };

  async function play(connection: Deno.TcpConn): Promise<void> {
    connection.setNoDelay(true);
    const head = await readHead(connection);
    const [method = "", path = ""] = head.split(" ");
    requests.push({
      method,
      path,
      headers: new Headers(),
      body: head,
    });
    await answer({
      async write(part) {
        const bytes = typeof part === "string"
          ? new TextEncoder().encode(part)
          : part;
        for (let done = 0; done < bytes.length;) {
          done += await connection.write(bytes.subarray(done));
        }
      },
      async closed() {
        const rest = new Uint8Array(65_536);
        while (await connection.read(rest).catch(() => null) !== null);
      },
    }, number++);
  }
}

/**
 * Yields the connections, except those that were reset before we accept them.
 */
async function* connectionsOf(
  listener: Deno.TcpListener,
): AsyncIterable<Deno.TcpConn> {
  while (true) {
    try {
      yield await listener.accept();
    } catch (error) {
      if (error instanceof Deno.errors.BadResource) return; // it is closed
      if (!(error instanceof Deno.errors.NotConnected)) throw error;
    }
  }
}

async function readHead(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(65_536);
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const length = await connection.read(buffer);
    if (length === null) throw new Error("The connection ended");
    head += new TextDecoder().decode(buffer.subarray(0, length));
  }
  return head;
}
