import {
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  type RunningGateway,
  startGateway,
} from "../../lib/gateway/gateway.ts";
import { messageOf } from "../../lib/system/message_of.ts";
import { poolOf } from "./accounts.ts";
import { startRawUpstream, startUpstream } from "../support/upstream.ts";
import { signalFor } from "../support/deadline.ts";

const EVENT = 'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n';

/** Sends `head` alone and returns the reply on the connection. */
async function talk(url: string, head: string): Promise<string> {
  using connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(url).port),
  });
  await connection.write(new TextEncoder().encode(head));
  const buffer = new Uint8Array(65_536);
  let text = "";
  while (!text.includes("\r\n\r\n")) {
    const length = await connection.read(buffer);
    if (length === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, length));
  }
  return text;
}

function keyOf({ token }: RunningGateway): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

Deno.test("startGateway() answers at its URL anybody who knows its token", async () => {
  await using upstream = startUpstream(({ path, body }) =>
    Response.json({ id: path, body })
  );
  await using gateway = await startGateway({
    pool: poolOf([upstream.url]),
    basePath: "/dashscope.aliyuncs.com/compatible-mode/v1/",
  });
  assertEquals(
    new URL(gateway.url).pathname,
    "/dashscope.aliyuncs.com/compatible-mode/v1",
  );
  const response = await fetch(`${gateway.url}/a/b?c=d`, {
    method: "PATCH",
    headers: keyOf(gateway),
    body: "é",
  });
  assertEquals(await response.json(), {
    id: "/compatible-mode/v1/a/b?c=d",
    body: "é",
  });
  const { headers } = upstream.requests[0] ?? {};
  assertEquals(headers?.get("authorization"), "Bearer sk-1");
  assertEquals([...headers?.values() ?? []].includes(gateway.token), false);
});

Deno.test("startGateway() creates a new token of 256 bits each time", async () => {
  const pool = poolOf([]);
  await using first = await startGateway({ pool });
  await using second = await startGateway({ pool });
  assertEquals([first.token.length, second.token.length], [43, 43]);
  assertNotEquals(first.token, second.token);
});

const REFUSED: Record<string, (port: string, token: string) => string> = {
  "403 has another Host": (_, token) =>
    `GET /v1/models HTTP/1.1\r\nhost: evil.test\r\nauthorization: Bearer ${token}`,
  "403 has another port as Host": (_, token) =>
    `GET /v1/models HTTP/1.1\r\nhost: 127.0.0.1:1\r\nauthorization: Bearer ${token}`,
  "403 comes from a page": (port, token) =>
    `GET /v1/models HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\norigin: null\r\nauthorization: Bearer ${token}`,
  "403 asks for the permissions of a page": (port) =>
    `OPTIONS /v1/models HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\norigin: http://evil.test\r\naccess-control-request-method: POST`,
  "401 has no key": (port) =>
    `GET /v1/models HTTP/1.1\r\nhost: 127.0.0.1:${port}`,
  "401 has the beginning of the key": (port, token) =>
    `GET /v1/models HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${
      token.slice(0, -1)
    }`,
  "404 leaves the base": (port, token) =>
    `GET /v1/../v2 HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${token}`,
  "400 has two Hosts": (port, token) =>
    `GET /v1/models HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nhost: evil.test\r\nauthorization: Bearer ${token}`,
  "400 names another server": (port, token) =>
    `GET http://evil.test/v1 HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${token}`,
  "400 has the method TRACE": (port, token) =>
    `TRACE /v1/models HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${token}`,
};

for (const [name, headOf] of Object.entries(REFUSED)) {
  const [status, ...what] = name.split(" ");
  Deno.test(`startGateway() answers ${status} when a request ${what.join(" ")}`, async () => {
    await using upstream = startUpstream(() => Response.json({ data: [] }));
    await using gateway = await startGateway({ pool: poolOf([upstream.url]) });
    const { port } = new URL(gateway.url);
    const reply = await talk(
      gateway.url,
      `${headOf(port, gateway.token)}\r\n\r\n`,
    );
    assertStringIncludes(reply, `HTTP/1.1 ${status} `);
    assertEquals(/access-control/i.test(reply), false);
    assertEquals(upstream.requests.length, 0);
  });
}

Deno.test("startGateway() also answers at the name localhost", async () => {
  await using upstream = startUpstream(() => Response.json({ data: [] }));
  await using gateway = await startGateway({ pool: poolOf([upstream.url]) });
  const { port } = new URL(gateway.url);
  const reply = await talk(
    gateway.url,
    `GET /v1/models HTTP/1.1\r\nhost: LOCALHOST:${port}\r\nauthorization: Bearer ${gateway.token}\r\n\r\n`,
  );
  assertStringIncludes(reply, "HTTP/1.1 200 ");
});

for (const part of ["before the reply", "in the middle of a stream"]) {
  Deno.test(`startGateway() disconnects from the upstream when the client leaves ${part}`, async () => {
    const asked = signalFor("a request");
    const hungUp = signalFor("the gateway to hang up");
    await using upstream = startRawUpstream(async (connection) => {
      if (part.includes("stream")) {
        await connection.write(
          `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${EVENT}`,
        );
      }
      asked.resolve();
      await connection.closed();
      hungUp.resolve();
    });
    await using gateway = await startGateway({ pool: poolOf([upstream.url]) });
    const client = new AbortController();
    const answer = fetch(`${gateway.url}/x`, {
      headers: keyOf(gateway),
      signal: client.signal,
    });
    if (part.includes("stream")) await (await answer).body?.getReader().read();
    await asked.promise;
    client.abort();
    await answer.catch(() => {});
    await hungUp.promise;
  });
}

Deno.test("startGateway() asks no account and says nothing when the client disconnects within its body", async () => {
  const told: string[] = [];
  await using upstream = startUpstream(() => Response.json({ id: "1" }));
  {
    await using gateway = await startGateway({
      pool: poolOf([upstream.url]),
      onError: (it) => told.push(messageOf(it)),
    });
    const { port, host } = new URL(gateway.url);
    const connection = await Deno.connect({
      hostname: "127.0.0.1",
      port: Number(port),
    });
    const lines = [
      "POST /v1/x HTTP/1.1",
      `host: ${host}`,
      `authorization: Bearer ${gateway.token}`,
      "expect: 100-continue",
      "content-length: 9",
      "\r\n",
    ];
    await connection.write(new TextEncoder().encode(lines.join("\r\n")));
    await connection.read(new Uint8Array(1_024)); // the server is now waiting for the body
    await connection.write(new TextEncoder().encode("abc"));
    connection.close();
    await fetch(`${gateway.url}/y`, { headers: keyOf(gateway) })
      .then((it) => it.body?.cancel());
  }
  assertEquals(upstream.requests.map((it) => it.path), [
    "/compatible-mode/v1/y",
  ]);
  assertEquals(told, []);
});

Deno.test("startGateway() never ends a broken stream normally", async () => {
  await using upstream = startRawUpstream(async (connection) => {
    await connection.write(
      `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n` +
        `${EVENT.length.toString(16)}\r\n${EVENT}\r\n`,
    );
  });
  await using gateway = await startGateway({ pool: poolOf([upstream.url]) });
  const response = await fetch(`${gateway.url}/x`, { headers: keyOf(gateway) });
  await assertRejects(() => response.text(), TypeError);
});

Deno.test("startGateway() reads no faster than its client", async () => {
  const piece = new Uint8Array(65_536);
  let sent = 0;
  const stalled = signalFor("the gateway to stop reading");
  await using upstream = startRawUpstream(async (connection) => {
    await connection.write(
      "HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\n\r\n",
    );
    while (true) {
      const timer = setTimeout(() => stalled.resolve(), 1_000);
      await connection.write(piece).finally(() => clearTimeout(timer));
      sent += piece.length;
      if (sent > LIMIT) return stalled.reject(new Error("It reads on"));
    }
  });
  await using gateway = await startGateway({ pool: poolOf([upstream.url]) });
  const response = await fetch(`${gateway.url}/x`, { headers: keyOf(gateway) });
  await stalled.promise;
  await response.body?.cancel();
});

/** More than the buffers of the two connections hold, bytes. */
const LIMIT = 64 * 2 ** 20;

Deno.test("startGateway() ends everything in flight when it ends", async () => {
  const asked = signalFor("a request");
  await using upstream = startRawUpstream(async (connection) => {
    asked.resolve();
    await connection.closed();
  });
  const gateway = await startGateway({ pool: poolOf([upstream.url]) });
  const answer = assertRejects(() =>
    fetch(`${gateway.url}/x`, { headers: keyOf(gateway) })
  );
  await asked.promise;
  await gateway[Symbol.asyncDispose]();
  await answer;
});
