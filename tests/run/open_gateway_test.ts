import { assertEquals } from "@std/assert";
import { basePathFor, waitNotifier } from "../../lib/run/open_gateway.ts";
import { NOW } from "../support/account_folder.ts";

const PATHS: Record<string, string> = {
  "https://dashscope.aliyuncs.com/compatible-mode/v1":
    "/dashscope.aliyuncs.com/compatible-mode/v1",
  "https://openrouter.ai/api/v1/": "/openrouter.ai/api/v1",
  "http://127.0.0.1:8080": "/127.0.0.1",
};

for (const [baseUrl, path] of Object.entries(PATHS)) {
  Deno.test(`basePathFor() keeps in the path what identifies ${baseUrl}`, () => {
    assertEquals(basePathFor(baseUrl), path);
  });
}

Deno.test("waitNotifier() reports a long wait once", async () => {
  let now = NOW;
  const said: string[] = [];
  const tell = waitNotifier({
    notify: (text) => said.push(text),
    nameOf: (account) => Promise.resolve(`work (account ${account})`),
    system: { elapsed: () => now },
  });
  await tell({ account: 1, ms: 2_000 });
  assertEquals(said, []);
  for (let at = 0; at < 200; at++) {
    await tell({ account: 1, ms: 11_500 });
  }
  assertEquals(said, ["work (account 1) is rate-limited: waiting for 12 s"]);
  now += 11_500;
  await tell({ account: 2, ms: 5_000 });
  assertEquals(said.length, 2);
});
