import { assertEquals } from "@std/assert";
import { denoConnections } from "../../lib/runtime/deno_connections.ts";
import { openLoopbackClient } from "../../lib/runtime/deno_loopback_client.ts";
import { fetchUnproxied } from "../../lib/runtime/local_fetch.ts";

/** Nothing listens there. */
const DEAD_PROXY = "http://127.0.0.1:1";

const PROXIES = {
  "no proxy": {},
  "a proxy for http": { HTTP_PROXY: DEAD_PROXY, NO_PROXY: "example.test" },
  "a proxy for all": { ALL_PROXY: DEAD_PROXY, no_proxy: "example.test" },
};

const WAYS: Record<string, (url: URL) => Promise<Response>> = {
  "denoConnections()": async (url) => {
    using connections = denoConnections();
    const response = await fetch(url, connections.initFor(url));
    await response.body?.cancel();
    return response;
  },
  "fetchUnproxied()": (url) => fetchUnproxied(url),
};

for (const [proxy, variables] of Object.entries(PROXIES)) {
  for (const host of ["127.0.0.1", "localhost", "[::1]"]) {
    for (const [way, ask] of Object.entries(WAYS)) {
      Deno.test(`${way} asks ${host} itself, as a server, where there is ${proxy}`, async () => {
        using _environment = withVariables(variables);
        using server = oneAnswer(host.replace(/[[\]]/g, ""));
        await ask(new URL(`http://${host}:${server.port}/v1/models`));
        // RFC 9112, section 3.2.1
        assertEquals(await server.line, "GET /v1/models HTTP/1.1");
      });
    }
  }
}

Deno.test("openLoopbackClient() leaves the environment as it was", () => {
  using _environment = withVariables({
    HTTP_PROXY: DEAD_PROXY,
    no_proxy: "example.test",
  });
  const before = Deno.env.toObject();
  using _client = openLoopbackClient();
  assertEquals(Deno.env.toObject(), before);
});

/** A server that answers once, and the first line that it was sent. */
function oneAnswer(hostname: string) {
  const listener = Deno.listen({ hostname, port: 0 });
  const line = (async () => {
    using connection = await listener.accept();
    const bytes = new Uint8Array(4_096);
    const length = await connection.read(bytes) ?? 0;
    const reply = "HTTP/1.1 204 No Content\r\n\r\n";
    await connection.write(new TextEncoder().encode(reply));
    return new TextDecoder().decode(bytes.subarray(0, length)).split("\r\n")[0];
  })();
  return {
    line,
    port: listener.addr.port,
    [Symbol.dispose]: () => listener.close(),
  };
}

function withVariables(variables: Readonly<Record<string, string>>) {
  const names = [
    ...["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    ...["NO_PROXY", "no_proxy"],
  ];
  const before = Deno.env.toObject();
  for (const name of names) Deno.env.delete(name);
  for (const [name, value] of Object.entries(variables)) {
    Deno.env.set(name, value);
  }
  return {
    [Symbol.dispose]() {
      for (const name of names) {
        const value = before[name];
        if (value === undefined) Deno.env.delete(name);
        else Deno.env.set(name, value);
      }
    },
  };
}
