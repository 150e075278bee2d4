/**
 * How each runtime sends requests; the servers are Deno's.
 *
 * @module
 */

import { testFile } from "../support/checkout.ts";
import { assertEquals, assertMatch } from "@std/assert";
import {
  runFixtureWith,
  type TestRuntime,
  testRuntimes,
} from "../support/runtimes.ts";
import { tempDir } from "../support/temp_dir.ts";
import { startRawUpstream, startUpstream } from "../support/upstream.ts";

const TLS = testFile("testdata/tls/");
const PLAIN = "content-length: 2\r\nconnection: close\r\n\r\nok";

/** What makes the fixture use `fetch`. */
const BY_FETCH = { TEST_FETCH: "1" };

/** Each client, and what chooses it. */
const CLIENTS: Record<string, Record<string, string>> = {
  "our client": {},
  fetch: BY_FETCH,
};

/** A server that answers "tls". */
function secureServer() {
  const cert = Deno.readTextFileSync(`${TLS}server.pem`);
  const key = Deno.readTextFileSync(`${TLS}server.key`);
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, cert, key },
    () => new Response("tls"),
  );
}

function sayingOk() {
  return startRawUpstream((it) => it.write(`HTTP/1.1 200 OK\r\n${PLAIN}`));
}

/** Returns what `connections()` of `runtime` receives from `url`. */
async function ask(
  runtime: TestRuntime,
  url: string,
  env: Readonly<Record<string, string>> = {},
  body: readonly string[] = [],
): Promise<string> {
  await using home = await tempDir();
  const options = { home: home.path, env };
  const args = [url, ...body];
  const result = await runFixtureWith(runtime, "fetch_url.ts", args, options);
  return result.stdout.trim();
}

for (const runtime of await testRuntimes()) {
  const name = `connections() of ${runtime.name}`;

  for (const variable of ["HTTP_PROXY", "http_proxy", "ALL_PROXY"]) {
    Deno.test(`${name} sends no unencrypted local request through ${variable}`, async () => {
      await using proxy = sayingOk();
      await using upstream = startUpstream(() => new Response("direct"));
      const env = { [variable]: new URL(proxy.url).origin };
      assertEquals(await ask(runtime, upstream.url, env), "direct");
      assertEquals(proxy.requests, []);
    });
  }

  Deno.test(`${name} uses HTTPS_PROXY, except for hosts in NO_PROXY`, async () => {
    await using proxy = startRawUpstream((connection) =>
      connection.write("HTTP/1.1 503 Service Unavailable\r\n\r\n")
    );
    const HTTPS_PROXY = new URL(proxy.url).origin;
    const url = "https://api.invalid/";
    assertEquals(
      await ask(runtime, url, { HTTPS_PROXY }),
      "the proxy does not lead there",
    );
    assertEquals(proxy.requests.map((it) => [it.method, it.path]), [
      ["CONNECT", "api.invalid:443"],
    ]);
    const env = { HTTPS_PROXY, NO_PROXY: ".invalid" };
    assertEquals(await ask(runtime, url, env), "its name is not known");
    assertEquals(proxy.requests.length, 1);
  });

  Deno.test(`${name} uses the given proxy instead of the environment's`, async () => {
    await using proxy = startRawUpstream((connection) =>
      connection.write("HTTP/1.1 503 Service Unavailable\r\n\r\n")
    );
    await using upstream = startUpstream(() => new Response("direct"));
    const { host } = new URL(proxy.url);
    const env = {
      TEST_PROXY: `http://me:pass%20word@${host}`,
      HTTPS_PROXY: "http://127.0.0.1:9",
    };
    const url = "https://api.invalid/";
    assertEquals(
      await ask(runtime, url, env),
      "the proxy does not lead there",
    );
    assertEquals(await ask(runtime, upstream.url, env), "direct");
    const except = { TEST_PROXY: env.TEST_PROXY, TEST_NO_PROXY: ".invalid" };
    assertEquals(await ask(runtime, url, except), "its name is not known");
    const [request, ...others] = proxy.requests;
    assertEquals(others, []);
    assertEquals(request?.path, "api.invalid:443");
    assertMatch(
      request?.body ?? "",
      new RegExp(
        `^Proxy-Authorization: Basic ${btoa("me:pass word")}\r$`,
        "mi",
      ),
    );
  });

  Deno.test(`${name} uses HTTP_PROXY for other machines, except for hosts in NO_PROXY`, async () => {
    await using proxy = sayingOk();
    const HTTP_PROXY = new URL(proxy.url).origin;
    const url = "http://api.invalid/";
    assertEquals(await ask(runtime, url, { HTTP_PROXY }), "ok");
    const env = { HTTP_PROXY, NO_PROXY: "api.invalid" };
    assertEquals(await ask(runtime, url, env), "its name is not known");
    assertEquals(proxy.requests.map((it) => it.path), [url]);
  });

  for (const format of ["gzip", "deflate"] as const) {
    Deno.test(`${name} says whether a reply in ${format} was decoded`, async () => {
      const packed = await new Response(
        new Blob(["as it was"]).stream()
          .pipeThrough(new CompressionStream(format)),
      ).bytes();
      await using upstream = startUpstream(() =>
        new Response(packed, { headers: { "content-encoding": format } })
      );
      const isDecoded = format === "gzip" || runtime.name === "Bun";
      const encodedBytes = `${packed.length} encoded bytes`;
      assertEquals(await ask(runtime, upstream.url), encodedBytes);
      assertEquals(
        await ask(runtime, upstream.url, BY_FETCH),
        isDecoded ? "as it was" : encodedBytes,
      );
    });
  }

  for (const [client, by] of Object.entries(CLIENTS)) {
    const trusted: Record<string, string> = {
      "": "its certificate is not trusted; " +
        "NODE_EXTRA_CA_CERTS=FILE adds an authority",
      SSL_CERT_FILE: "tls",
      NODE_EXTRA_CA_CERTS: "tls",
      ...(runtime.name === "Deno" ? { DENO_CERT: "tls" } : {}),
    };
    for (const [variable, said] of Object.entries(trusted)) {
      Deno.test(`${name} by ${client} gets "${said}" of a server whose authority is in ${variable || "no variable"}`, async () => {
        await using server = secureServer();
        const env: Record<string, string> = variable
          ? { ...by, [variable]: `${TLS}ca.pem` }
          : by;
        const url = `https://localhost:${server.addr.port}/`;
        assertEquals(await ask(runtime, url, env), said);
      });
    }

    Deno.test(`${name} by ${client} trusts no certificate for a name at an IP address`, async () => {
      await using server = secureServer();
      const env = { ...by, NODE_EXTRA_CA_CERTS: `${TLS}ca.pem` };
      const url = `https://127.0.0.1:${server.addr.port}/`;
      assertEquals(
        await ask(runtime, url, env),
        "its certificate is for another name",
      );
    });

    for (
      const [said, answer] of [
        ["no TLS connection is possible", "HTTP/1.1 400 Bad Request\r\n\r\n"],
        ["the connection was cut", ""],
      ] as const
    ) {
      Deno.test(`${name} by ${client} says "${said}" when "${answer.trim()}" is the answer to TLS`, async () => {
        using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
        const hello = firstBytes(listener, answer);
        const url = `https://localhost:${listener.addr.port}/`;
        assertEquals(await ask(runtime, url, by), said);
        await hello;
      });
    }

    for (const [host, isSent] of [["localhost", true], ["127.0.0.1", false]]) {
      Deno.test(`${name} by ${client} sends ${isSent ? "the" : "no"} name of the server when it is ${host}`, async () => {
        using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
        const hello = firstBytes(listener);
        const { port } = listener.addr as Deno.NetAddr;
        await ask(runtime, `https://${host}:${port}/`, by);
        assertEquals((await hello).includes(`${host}`), isSent);
      });
    }

    Deno.test(`${name} by ${client} ignores an unreadable SSL_CERT_FILE`, async () => {
      await using upstream = startUpstream(() => new Response("direct"));
      const env = { ...by, SSL_CERT_FILE: "/nowhere/ca.pem" };
      assertEquals(await ask(runtime, upstream.url, env), "direct");
    });

    Deno.test(`${name} by ${client} speaks HTTP/1.1 and does not follow redirects if told not to`, async () => {
      const reply = `HTTP/1.1 302 Found\r\nlocation: /other\r\n${PLAIN}`;
      await using upstream = startRawUpstream((it) => it.write(reply));
      assertEquals(await ask(runtime, upstream.url, by), "302 ok");
      const [{ body = "" } = {}, ...others] = upstream.requests;
      assertMatch(body, /^GET \S*\/v1 HTTP\/1\.1\r\n/);
      assertEquals(others, []);
    });

    Deno.test(`a body sent by ${client} of ${runtime.name} is streamed with its length`, async () => {
      await using upstream = startUpstream(({ headers, body }) =>
        Response.json([
          headers.get("content-length"),
          headers.get("transfer-encoding"),
          headers.get("content-type"),
          body,
        ])
      );
      const said = await ask(runtime, upstream.url, by, ["5", "ab", "cd", "e"]);
      assertEquals(JSON.parse(said), ["5", null, "a/b", "abcde"]);
    });

    Deno.test(`a body sent by ${client} of ${runtime.name} fails when it is shorter than declared`, async () => {
      await using upstream = startRawUpstream((it) => it.closed());
      const said = await ask(runtime, upstream.url, by, ["6", "ab", "cd", "e"]);
      assertEquals(said, "the connection failed");
    });

    Deno.test(`${name} by ${client} reports a cut connection when a reply is incomplete`, async () => {
      await using upstream = startRawUpstream((it) =>
        it.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
      );
      assertEquals(
        await ask(runtime, upstream.url, by),
        "the connection was cut",
      );
    });

    Deno.test(`${name} by ${client} reports a refused connection when nobody listens`, async () => {
      const { url } = await freed();
      assertEquals(await ask(runtime, url, by), "it refuses the connection");
    });
  }
}

/**
 * Returns what a client sends first, as text. Sends `answer` and closes the
 * connection.
 */
async function firstBytes(
  listener: Deno.Listener,
  answer = "",
): Promise<string> {
  using connection = await listener.accept();
  const buffer = new Uint8Array(4_096);
  const size = await connection.read(buffer);
  await connection.write(new TextEncoder().encode(answer));
  return new TextDecoder("latin1").decode(buffer.subarray(0, size ?? 0));
}

/** An address where nobody listens. */
async function freed(): Promise<{ url: string }> {
  await using upstream = sayingOk();
  return { url: upstream.url };
}
