import { assertEquals } from "@std/assert";
import { codex } from "../../../lib/agents/codex/agent.ts";

async function find(
  env: Record<string, string>,
  ofHome: Record<string, string> = {},
) {
  return await codex.proxy.find({
    version: "0.171.0",
    args: [],
    env,
    cwd: "/work",
    dir: "/home/me/.codex",
    files: {
      first: () => Promise.resolve(undefined),
      settings: () => Promise.resolve(undefined),
      variables: (path) =>
        Promise.resolve(path === "/home/me/.codex/.env" ? ofHome : {}),
    },
  });
}

Deno.test("codex uses the proxy for TLS in the environment", async () => {
  const env = { HTTPS_PROXY: "proxy:1", ALL_PROXY: "x", NO_PROXY: "a.example" };
  assertEquals(await find(env), {
    url: "http://proxy:1",
    noProxy: "a.example",
    origin: "HTTPS_PROXY",
  });
  assertEquals(
    (await find({ all_proxy: "socks5://x:1" }))?.origin,
    "all_proxy",
  );
  assertEquals(await find({ HTTP_PROXY: "http://x:1" }), undefined);
  assertEquals(await find({ HTTPS_PROXY: " " }), undefined);
});

Deno.test("codex prefers the .env file of its home to the environment", async () => {
  const found = await find(
    { HTTPS_PROXY: "http://env:1", NO_PROXY: "of.env" },
    { HTTPS_PROXY: "http://file:1", NO_PROXY: "of.file" },
  );
  assertEquals(found, {
    url: "http://file:1",
    noProxy: "of.file",
    origin: "HTTPS_PROXY in /home/me/.codex/.env",
  });
});
