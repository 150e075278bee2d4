import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { runtime } from "../../lib/runtime/mod.ts";

/** Serves `handler` and asks it once. */
async function askOnce(
  handler: (request: Request) => Response | Promise<Response>,
  init: RequestInit = {},
): Promise<{ status: number; headers: Headers; text: string }> {
  await using server = await runtime.host.serve(async (it) =>
    await handler(it)
  );
  const url = `http://127.0.0.1:${server.port}/a?b=c`;
  const { status, headers, body } = await fetch(url, init);
  return { status, headers, text: await new Response(body).text() };
}

Deno.test("serve() gives the handler the request as it came", async () => {
  const { text } = await askOnce(
    async ({ method, url, headers, body }) =>
      Response.json([
        method,
        new URL(url).pathname + new URL(url).search,
        headers.get("x-own"),
        await new Response(body).text(),
      ]),
    { method: "PUT", headers: { "x-own": "1" }, body: "é" },
  );
  assertEquals(JSON.parse(text), ["PUT", "/a?b=c", "1", "é"]);
});

Deno.test("serve() gives a request without a body none", async () => {
  const { text } = await askOnce(({ body }) => new Response(String(body)), {
    method: "DELETE",
  });
  assertEquals(text, "null");
});

Deno.test("serve() sends each cookie by itself", async () => {
  const { headers } = await askOnce(() =>
    new Response("", {
      headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"]],
    })
  );
  assertEquals(headers.getSetCookie(), ["a=1", "b=2"]);
});

for (const status of [204, 304]) {
  Deno.test(`serve() sends no body when the status is ${status}`, async () => {
    const reply = await askOnce(() => new Response(null, { status }));
    assertEquals([reply.status, reply.text], [status, ""]);
    assertEquals(reply.headers.get("transfer-encoding"), null);
  });
}

Deno.test("serve() keeps the length that a reply to HEAD tells", async () => {
  const { headers, text } = await askOnce(
    () => new Response(null, { headers: { "content-length": "99" } }),
    { method: "HEAD" },
  );
  assertEquals([headers.get("content-length"), text], ["99", ""]);
});

Deno.test("serve() keeps the bytes of header fields that are no ASCII", async () => {
  for (const body of ["text", null]) {
    await using server = await runtime.host.serve(({ headers }) => {
      const value = headers.get("x-sent") ?? "";
      return Promise.resolve(new Response(body, { headers: { value } }));
    });
    using connection = await Deno.connect({
      hostname: "127.0.0.1",
      port: server.port,
    });
    const head = "GET / HTTP/1.1\r\nHost: a\r\nX-Sent: \xe9\xff\r\n" +
      "Connection: close\r\n\r\n";
    await connection.write(Uint8Array.from(head, (it) => it.charCodeAt(0)));
    const reply = await new Response(connection.readable).bytes();
    const text = String.fromCharCode(...reply); // not as UTF-8
    assertStringIncludes(text, "value: \xe9\xff\r\n");
  }
});

Deno.test("serve() cuts the connection when the handler fails", async () => {
  await assertRejects(
    () => askOnce(() => Promise.reject(new Error("failed"))),
    TypeError,
  );
});

Deno.test("serve() sends the header before the first byte of the body", async () => {
  const seen = Promise.withResolvers<void>();
  await using server = await runtime.host.serve(() =>
    Promise.resolve(
      new Response(
        new ReadableStream({
          async pull(controller) {
            await seen.promise;
            controller.close();
          },
        }),
      ),
    )
  );
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  seen.resolve();
  assertEquals(await response.text(), "");
});

Deno.test("serve() goes on when a connection is used again", async () => {
  let asked = 0;
  await using server = await runtime.host.serve(() =>
    Promise.resolve(new Response(String(++asked)))
  );
  const texts: string[] = [];
  for (const _ of [1, 2, 3]) {
    const response = await fetch(`http://127.0.0.1:${server.port}/`);
    texts.push(await response.text());
  }
  assertEquals(texts, ["1", "2", "3"]);
});
