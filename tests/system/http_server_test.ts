/**
 * How each runtime serves; the client is Deno's.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { within } from "../support/deadline.ts";
import { startFixture } from "../support/running_fixture.ts";
import { testRuntimes } from "../support/runtimes.ts";

/** A request to a server of its own, and the expected result. */
const CASES: Readonly<Record<string, (url: string) => Promise<void>>> = {
  async "passes the request to the handler unchanged"(url) {
    const init = { method: "PUT", headers: { "x-own": "1" }, body: "é" };
    const response = await fetch(`${url}/echo?b=c`, init);
    assertEquals(await response.json(), ["PUT", "/echo?b=c", "1", "é"]);
  },

  async "passes no body for a request without one"(url) {
    const response = await fetch(`${url}/echo`, { method: "DELETE" });
    assertEquals(await response.json(), ["DELETE", "/echo", null, null]);
  },

  async "keeps the bytes of header fields that are not ASCII"(url) {
    for (const path of ["/sent", "/sent-alone"]) {
      const { hostname, port } = new URL(url);
      using connection = await Deno.connect({ hostname, port: Number(port) });
      const head = `GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n` +
        "X-Sent: \xe9\xff\r\nConnection: close\r\n\r\n";
      await connection.write(Uint8Array.from(head, (it) => it.charCodeAt(0)));
      const reply = await new Response(connection.readable).bytes();
      const text = String.fromCharCode(...reply); // not as UTF-8
      assertStringIncludes(text.toLowerCase(), "value: \xe9\xff\r\n");
    }
  },

  async "sends each cookie separately"(url) {
    const response = await fetch(`${url}/cookies`);
    await response.body?.cancel();
    assertEquals(response.headers.getSetCookie(), ["a=1", "b=2"]);
  },

  async "sends no body when the status has none"(url) {
    for (const status of [204, 304]) {
      const reply = await fetch(`${url}/${status}`);
      assertEquals([reply.status, await reply.text()], [status, ""]);
      assertEquals(reply.headers.get("transfer-encoding"), null);
    }
  },

  async "keeps the length in a reply to HEAD"(url) {
    const { headers, body } = await fetch(`${url}/length`, { method: "HEAD" });
    assertEquals(await new Response(body).text(), "");
    assertEquals(headers.get("content-length"), "99");
  },

  async "cuts the connection when the handler fails"(url) {
    await assertRejects(() => fetch(`${url}/fail`), TypeError);
  },

  async "cuts the connection when the body fails"(url) {
    const response = await fetch(`${url}/broken`);
    await assertRejects(() => response.text(), TypeError);
  },

  async "sends the header before the first byte of the body"(url) {
    const response = await fetch(`${url}/late`);
    await (await fetch(`${url}/seen`)).body?.cancel();
    assertEquals(await response.text(), "late");
  },

  async "continues when a connection is used again"(url) {
    const texts: string[] = [];
    for (const _ of [1, 2, 3]) {
      const response = await fetch(`${url}/count`);
      texts.push(await response.text());
    }
    assertEquals(texts, ["1", "2", "3"]);
  },

  async "aborts the request when the client goes away"(url) {
    const leave = new AbortController();
    const response = fetch(`${url}/hang`, { signal: leave.signal });
    await (await fetch(`${url}/hangs`)).body?.cancel();
    leave.abort();
    await assertRejects(() => response, DOMException);
    assertEquals(await (await fetch(`${url}/gone`)).text(), "gone");
  },

  async "reads no more than the client, and nothing once that has gone"(url) {
    const response = await fetch(`${url}/endless`);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    const pulled = await (await fetch(`${url}/cancelled`)).text();
    assert(Number(pulled) < 1_000, `${pulled} pieces of 64 KiB`);
  },

  async "ends while connections are open"(url) {
    const response = await fetch(`${url}/late`);
    void response.text().catch(() => {});
  },
};

/** The end of the head of a raw request. */
const HOST = "Host: 127.0.0.1\r\n";
const CLOSE = `${HOST}Connection: close\r\n\r\n`;

/** What a client sends, and the replies: statuses and texts. */
const RAW: Readonly<Record<string, readonly [string, ...string[]]>> = {
  "a body in chunks": [
    `POST /echo HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n` +
    "Connection: close\r\n\r\n" +
    "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n",
    "200",
    '"abc0123456789"',
  ],
  "two requests at once": [
    `POST /echo HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabc` +
    `POST /echo HTTP/1.1\r\nContent-Length: 2\r\n${CLOSE}de`,
    "200",
    '"abc"',
    "200",
    '"de"',
  ],
  "blank lines before a request": [
    `\r\n\r\nGET /count HTTP/1.1\r\n${CLOSE}`,
    "200",
  ],
  "a request of HTTP/1.0": [`GET /sent HTTP/1.0\r\n${HOST}\r\n`, "200", "text"],
  "a body that it announces": [
    `POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n` +
    `${CLOSE}ok`,
    "100",
    "200",
    '"ok"',
  ],
  "a body to a GET": [
    `GET /count HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabc`,
    "200",
  ],
  "nothing like HTTP": ["hello\r\n\r\n", "400"],
  "another version": [`GET /count HTTP/2.0\r\n${CLOSE}`, "400"],
  "no Host": ["GET /count HTTP/1.1\r\nConnection: close\r\n\r\n", "400"],
  "a blank before a colon": [`GET /count HTTP/1.1\r\nA : b\r\n${CLOSE}`, "400"],
  "a folded field": [`GET /count HTTP/1.1\r\nA: b\r\n c: d\r\n${CLOSE}`, "400"],
  "a line feed alone": [`GET /count HTTP/1.1\r\nA: b\nC: d\r\n${CLOSE}`, "400"],
  "a NUL in a field": [`GET /count HTTP/1.1\r\nA: \0\r\n${CLOSE}`, "400"],
  "a length and chunks": [
    `POST /echo HTTP/1.1\r\nContent-Length: 3\r\n` +
    `Transfer-Encoding: chunked\r\n${CLOSE}0\r\n\r\n`,
    "400",
  ],
  "two lengths": [
    `POST /echo HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n` +
    `${CLOSE}abcd`,
    "400",
  ],
  "a length that is not a number": [
    `POST /echo HTTP/1.1\r\nContent-Length: +3\r\n${CLOSE}abc`,
    "400",
  ],
  "an unknown coding": [
    `POST /echo HTTP/1.1\r\nTransfer-Encoding: gzip\r\n${CLOSE}`,
    "400",
  ],
  "a head that is too long": [
    `GET /count HTTP/1.1\r\nA: ${"b".repeat(100_000)}\r\n${CLOSE}`,
    "431",
  ],
  "chunks with a wrong size": [
    `POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${CLOSE}` +
    "x\r\nabc\r\n",
  ],
  "chunks that are longer than their size": [
    `POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${CLOSE}` +
    "2\r\nabc\r\n0\r\n\r\n",
  ],
};

/** More connections than the server may have open files. */
const CROWD = 150;

/** The only thing that a client of a crowd sends. */
const CROWDS: Readonly<Record<string, string>> = {
  "say nothing": "",
  "send half a head": "GET /count HTTP/1.1\r\nHost: 127.0.0.1",
  "send half a body":
    "POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Stranger: 1\r\nContent-Length: 9\r\n\r\nhalf",
  "know no key":
    "GET /locked HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Stranger: 1\r\n\r\n",
};

for (const runtime of await testRuntimes()) {
  for (const [what, sent] of Object.entries(CROWDS)) {
    Deno.test(`serve() of ${runtime.name} answers despite more clients than it may open files, which ${what}, and closes them`, async () => {
      const options = { before: "ulimit -n 80" };
      await using server = await startFixture(runtime, "serve.ts", [], options);
      const port = Number(server.said);
      await using crowd = await connectCrowd(port, sent);
      const url = `http://127.0.0.1:${port}`;
      for (const text of ["1", "2", "3"]) {
        const response = await fetch(`${url}/count`, {
          headers: { connection: "close" },
          signal: AbortSignal.timeout(60_000),
        });
        assertEquals(await response.text(), text);
      }
      await crowd.closed;
    });
  }

  Deno.test(`serve() of ${runtime.name} says once that it refuses clients`, async () => {
    const options = { before: "ulimit -n 80" }; // 10 clients: (80 - 48) / 3
    await using server = await startFixture(runtime, "serve.ts", [], options);
    const port = Number(server.said);
    using held = new DisposableStack();
    const head = "GET /count HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    const isAnswered = async () => {
      const address = { hostname: "127.0.0.1", port };
      const connection = held.use(await Deno.connect(address));
      await connection.write(new TextEncoder().encode(head));
      return await connection.read(new Uint8Array(1_024)) !== null;
    };
    const refused = [];
    for (let client = 1; client <= 12; client++) {
      if (!await isAnswered().catch(() => false)) refused.push(client);
    }
    assertEquals(refused, [11, 12]);
    assertEquals(await server.next(), "full: 10");
  });

  Deno.test(`serve() of ${runtime.name} keeps a proven connection open`, async () => {
    await using server = await startFixture(runtime, "serve.ts");
    const port = Number(server.said);
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const ask = "GET /sent HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    const buffer = new Uint8Array(65_536);
    const say = async (text: string) => {
      await connection.write(new TextEncoder().encode(text));
      let reply = "";
      while (!reply.endsWith("0\r\n\r\n")) {
        const size = await connection.read(buffer);
        if (size === null) break;
        reply += new TextDecoder().decode(buffer.subarray(0, size));
      }
      return reply;
    };
    assertStringIncludes(await say(ask), "HTTP/1.1 200 ");
    await using crowd = await connectCrowd(port, "", 1);
    await crowd.closed; // the time limit of silent clients has passed
    assertStringIncludes(await say(ask), "HTTP/1.1 200 ");
  });
}

for (const runtime of await testRuntimes()) {
  for (const [what, [sent, ...wanted]] of Object.entries(RAW)) {
    const result = wanted.join(", ") || "no reply";
    Deno.test(`serve() of ${runtime.name} answers ${result} when a client sends ${what}, at once or byte by byte`, async () => {
      await using server = await startFixture(runtime, "serve.ts");
      const port = Number(server.said);
      const pieces = sent.length > 1_000 ? [sent] : [sent, ...sent];
      assertEquals(await talk(port, pieces.slice(0, 1)), wanted);
      if (pieces.length > 1) {
        assertEquals(await talk(port, pieces.slice(1)), wanted);
      }
    });
  }

  Deno.test(`serve() of ${runtime.name} sends all of a reply to a client that reads it late`, async () => {
    await using server = await startFixture(runtime, "serve.ts");
    const text = await readLate(Number(server.said), "/broken");
    assertStringIncludes(text, "\r\n4\r\nhalf\r\n");
    assertEquals(text.endsWith("0\r\n\r\n"), false);
  });
}

/** Sends the pieces, and returns each status and what the bodies contain. */
async function talk(port: number, pieces: string[]): Promise<string[]> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay(true);
  const reply = new Response(connection.readable).text();
  const encoder = new TextEncoder();
  for (const it of pieces) {
    await connection.write(encoder.encode(it)).catch(() => {}); // it was closed
  }
  const text = await within(reply, { what: "the end of the reply" });
  const found = text.matchAll(
    /HTTP\/1\.1 (\d+)|("(?:abc\d*|de|ok)")(?=\])|(?<=\n)(text)/g,
  );
  return [...found].map(([, status, json, plain]) =>
    status ?? json ?? plain ?? ""
  );
}

/** Returns a reply that is read only when the server has sent all of it. */
async function readLate(port: number, path: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = `GET ${path} HTTP/1.1\r\n${HOST}\r\n`;
  await connection.write(new TextEncoder().encode(head));
  await (await fetch(`http://127.0.0.1:${port}/count`)).text();
  return await new Response(connection.readable).text();
}

/** Connections to a server, and their ends. */
interface Crowd extends AsyncDisposable {
  /** Resolves when the server has closed each of them. */
  closed: Promise<unknown>;
}

async function connectCrowd(
  port: number,
  sent: string,
  size = CROWD,
): Promise<Crowd> {
  const connections: Deno.TcpConn[] = [];
  const endings: Promise<void>[] = [];
  for (let at = 0; at < size; at++) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connections.push(connection);
    endings.push(sendAndRead(connection, sent));
  }
  return {
    closed: Promise.all(endings),
    async [Symbol.asyncDispose]() {
      for (const it of connections) it.close();
      await Promise.all(endings);
    },
  };
}

/** Resolves at the end of the stream. */
async function sendAndRead(connection: Deno.TcpConn, sent: string) {
  const rest = new Uint8Array(65_536);
  try {
    if (sent) await connection.write(new TextEncoder().encode(sent));
    while (await connection.read(rest) !== null);
  } catch {
    // The connection was cut.
  }
}

for (const runtime of await testRuntimes()) {
  for (const [what, test] of Object.entries(CASES)) {
    Deno.test(`serve() of ${runtime.name} ${what}`, async () => {
      await using server = await startFixture(runtime, "serve.ts");
      await test(`http://127.0.0.1:${server.said}`);
    });
  }
}
