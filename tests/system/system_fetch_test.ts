import { assertEquals } from "@std/assert";
import { realSystem } from "../../lib/system/system.ts";

Deno.test("realSystem.fetch() returns the whole reply and keeps nothing open", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => new Response(`${await request.text()};`.repeat(100_000)),
  );
  const url = `http://127.0.0.1:${server.addr.port}/path`;
  const init = { method: "POST", body: "sent" };
  const response = await realSystem.fetch(url, init);
  assertEquals(await response.text(), "sent;".repeat(100_000));
  await server.shutdown();
});
