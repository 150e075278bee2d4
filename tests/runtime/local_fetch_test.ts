import { assertEquals } from "@std/assert";
import { fetchUnproxied, isLoopback } from "../../lib/runtime/local_fetch.ts";

const HOSTS: Record<string, boolean> = {
  "http://localhost:1": true,
  "http://127.0.0.1": true,
  "http://127.1:2": true,
  "http://[::1]:1": true,
  "http://0.0.0.0": false,
  "http://localhost.example": false,
  "http://127.0.0.1.example": false,
  "http://user.localhost": false,
  "http://[::ffff:127.0.0.1]": false,
};

for (const [url, expected] of Object.entries(HOSTS)) {
  Deno.test(`isLoopback() returns ${expected} for the host of ${url}`, () => {
    assertEquals(isLoopback(new URL(url).hostname), expected);
  });
}

Deno.test("fetchUnproxied() returns the whole reply and keeps nothing open", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => new Response(`${await request.text()};`.repeat(100_000)),
  );
  const url = `http://127.0.0.1:${server.addr.port}/path`;
  const init = { method: "POST", body: "sent" };
  const response = await fetchUnproxied(url, init);
  assertEquals(await response.text(), "sent;".repeat(100_000));
  await server.shutdown();
});
