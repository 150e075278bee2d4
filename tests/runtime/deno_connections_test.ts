import { assertEquals, assertRejects } from "@std/assert";
import { runtime } from "../../lib/runtime/mod.ts";
import { runDenoFixture } from "../support/deno_fixture.ts";
import { tempDir } from "../support/temp_dir.ts";
import { startRawUpstream } from "../support/upstream.ts";

const TLS = new URL("../testdata/tls/", import.meta.url).pathname;

/** A server that says `name`, and what it was asked for. */
function serverCalled(name: string, tls = {}) {
  const asked: string[] = [];
  const end = new AbortController();
  const server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      onListen() {},
      signal: end.signal,
      ...tls,
    },
    (request) => {
      asked.push(`${request.method} ${request.url}`);
      return new Response(name);
    },
  );
  return {
    asked,
    port: server.addr.port,
    async [Symbol.asyncDispose]() {
      end.abort();
      await server.finished;
    },
  };
}

async function fetchWith(
  url: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  await using home = await tempDir();
  const before = Object.entries(env)
    .map(([name, value]) => `export ${name}='${value}'`).join("; ");
  const { stdout } = await runDenoFixture("fetch_url.ts", [url], {
    home: home.path,
    before: before || ":",
  });
  return stdout.trim();
}

for (const name of ["HTTP_PROXY", "http_proxy", "ALL_PROXY"]) {
  Deno.test(`connections() sends nothing plain through ${name} that stays on this machine`, async () => {
    await using proxy = serverCalled("proxy");
    await using upstream = serverCalled("direct");
    const url = `http://127.0.0.1:${upstream.port}/`;
    const env = { [name]: `http://127.0.0.1:${proxy.port}` };
    assertEquals(await fetchWith(url, env), "direct");
    assertEquals(proxy.asked, []);
  });
}

Deno.test("connections() goes through HTTPS_PROXY, but not where NO_PROXY says so", async () => {
  await using proxy = startRawUpstream((connection) =>
    connection.write("HTTP/1.1 503 Service Unavailable\r\n\r\n")
  );
  const HTTPS_PROXY = new URL(proxy.url).origin;
  const url = "https://api.invalid/";
  await fetchWith(url, { HTTPS_PROXY });
  assertEquals(proxy.requests.map((it) => [it.method, it.path]), [
    ["CONNECT", "api.invalid:443"],
  ]);
  const reason = await fetchWith(url, { HTTPS_PROXY, NO_PROXY: ".invalid" });
  assertEquals(reason, "its name is not known");
  assertEquals(proxy.requests.length, 1);
});

const TRUSTED = {
  "": "its certificate is not trusted",
  SSL_CERT_FILE: "tls",
  NODE_EXTRA_CA_CERTS: "tls",
  DENO_CERT: "tls",
};

for (const [name, said] of Object.entries(TRUSTED)) {
  Deno.test(`connections() gets "${said}" of a server whose authority is in ${name || "no variable"}`, async () => {
    await using server = serverCalled("tls", {
      cert: await Deno.readTextFile(`${TLS}server.pem`),
      key: await Deno.readTextFile(`${TLS}server.key`),
    });
    const env = name ? { [name]: `${TLS}ca.pem` } : {};
    const url = `https://localhost:${server.port}/`;
    assertEquals(await fetchWith(url, env), said);
  });
}

Deno.test("connections() does without SSL_CERT_FILE when that cannot be read", async () => {
  await using server = serverCalled("direct");
  const url = `http://localhost:${server.port}/`;
  const env = { SSL_CERT_FILE: "/nowhere/ca.pem" };
  assertEquals(await fetchWith(url, env), "direct");
});

Deno.test("bodyOf() is sent with its length as it is read", async () => {
  const end = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, signal: end.signal },
    async ({ headers, body }) =>
      Response.json([
        headers.get("content-length"),
        headers.get("transfer-encoding"),
        headers.get("content-type"),
        await new Response(body).text(),
      ]),
  );
  const url = new URL(`http://127.0.0.1:${server.addr.port}/`);
  using connections = runtime.host.connections();
  const pieces = ["ab", "cd", "e"].map((it) => new TextEncoder().encode(it));
  const post = (size: number) =>
    fetch(url, {
      ...connections.initFor(url),
      method: "POST",
      headers: { "content-type": "a/b" },
      body: connections.bodyOf(size, () => ReadableStream.from(pieces)),
    });
  assertEquals(await (await post(5)).json(), ["5", null, "a/b", "abcde"]);
  await assertRejects(() => post(6), TypeError);
  end.abort();
  await server.finished;
});
