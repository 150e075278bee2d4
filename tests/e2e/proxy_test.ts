/**
 * Proxies that the agent finds in files. Nobody listens on port 9 of this
 * machine.
 *
 * @module
 */

import {
  assertEquals,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { runCli } from "../support/cli.ts";
import { setScene } from "../support/scene.ts";
import { startRawUpstream } from "../support/upstream.ts";
import { keyScene } from "../run/key_scene.ts";

const DEAD = "http://127.0.0.1:9";

Deno.test("exec immediately says that qwen 0.12.0 cannot use the gateway behind the proxy of a project", async () => {
  await using scene = await setScene([{ answer: "Done." }], { keys: [1] });
  const { path } = scene.home;
  await Deno.writeTextFile(`${path}/.env`, `HTTPS_PROXY=${DEAD}\n`);
  const { code, stderr } = await scene.exec(["--timeout", "50s", "--", "hi"]);
  assertNotEquals(code, 124);
  assertStringIncludes(
    stderr,
    "account-qwen: without the gateway, as qwen 0.12.0 would send its requests " +
      `to the proxy (HTTPS_PROXY in ${path}/.env): `,
  );
  assertStringIncludes(stderr, "Connection error");
  const other = await scene.exec(["--mode=gateway", "--", "hi"]);
  assertEquals(other.code, 2);
});

Deno.test("exec reaches the gateway of qwen 0.24.4 past the proxy of a project", async () => {
  await using scene = await setScene([{ answer: "Done." }], {
    version: "0.24.4",
    keys: [1],
  });
  const { path } = scene.home;
  await Deno.writeTextFile(`${path}/.env`, `HTTPS_PROXY=${DEAD}\n`);
  const { stdout, stderr } = await scene.exec(["--", "hi"]);
  assertEquals(stdout.trim(), "Done.", stderr);
});

for (const place of ["settings.json", ".env"]) {
  Deno.test(`exec sends the gateway's requests through the proxy that ${place} names`, async () => {
    await using proxy = startRawUpstream((connection) =>
      connection.write("HTTP/1.1 503 Service Unavailable\r\n\r\n")
    );
    await using scene = await keyScene([{ answer: "Done." }]);
    const { path, dir } = scene.home;
    const { origin } = new URL(proxy.url);
    const slot = `${dir}/accounts/api_key_1.env`;
    const text = await Deno.readTextFile(slot);
    const url = "OPENAI_BASE_URL='https://api.invalid/v1'";
    await Deno.writeTextFile(slot, text.replace(/OPENAI_BASE_URL=.*/, url));
    const manifest = JSON.stringify({ version: "0.24.4" });
    await Deno.writeTextFile(`${path}/package.json`, manifest);
    await (place === ".env"
      ? Deno.writeTextFile(`${path}/.env`, `HTTPS_PROXY=${origin}\n`)
      : Deno.writeTextFile(`${dir}/${place}`, `{ "proxy": "${origin}" }`));
    const args = ["exec", "--bin", scene.bin, "--", "hi"];
    const { code, stderr } = await runCli(args, { home: path });
    assertEquals(code, 1, stderr);
    const asked = new Set(
      proxy.requests.map((it) => `${it.method} ${it.path}`),
    );
    assertEquals(asked, new Set(["CONNECT api.invalid:443"]), stderr);
  });
}
