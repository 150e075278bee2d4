import { AgentError } from "../../lib/errors.ts";
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { qwen } from "../../lib/agents/qwen/agent.ts";
import { findWays, requestedKind } from "../../lib/run/mode.ts";
import { assertFails } from "../support/assert_fails.ts";

const ASKED = {
  agent: qwen,
  bin: "/bin/true",
  args: ["--prompt=hi"],
  dir: "/no/such/folder",
};

const WAYS = [
  { mode: "auto", key: true, login: false },
  { mode: "gateway", key: true, login: true },
  { mode: "link", key: false, login: false },
] as const;

for (const { mode, key, login } of WAYS) {
  Deno.test(`findWays() uses the gateway as ${mode} says`, async () => {
    const wayFor = await findWays({ ...ASKED, mode });
    assertEquals(wayFor("api-key"), { isGateway: key });
    assertEquals(wayFor("oauth"), { isGateway: login });
  });
}

Deno.test("findWays() says why it bypasses the gateway when qwen uses a proxy for everything", async () => {
  const args = ["--proxy=http://proxy.invalid:3128", ...ASKED.args];
  const wayFor = await findWays({ ...ASKED, args, mode: "auto" });
  const { isGateway, notice = "" } = wayFor("api-key");
  assertEquals(isGateway, false);
  assertMatch(
    notice,
    /^without the gateway, .* to the proxy \(--proxy\): /,
  );
  assertMatch(notice, /: qwen gets the API key directly, as with --mode link$/);
  assertEquals(wayFor("oauth"), { isGateway: false });
});

Deno.test("findWays() rejects when the gateway was requested and qwen would not reach it", async () => {
  const args = ["--proxy=http://proxy.invalid:3128", ...ASKED.args];
  await assertFails(
    () => findWays({ ...ASKED, args, mode: "gateway" }),
    "gateway-blocked",
    "Cannot use the gateway: qwen of an unknown version would send its requests",
  );
});

const KEY = { apiKey: "sk-1", baseUrl: "https://x.invalid/v1", model: "m" };

Deno.test("requestedKind() returns the kind that the arguments name", () => {
  assertEquals(
    requestedKind(qwen, { args: ["--auth-type=openai"] }),
    "api-key",
  );
  assertEquals(requestedKind(qwen, { args: ["--prompt=hi"] }), undefined);
});

const REFUSED: [string[], typeof KEY | undefined, string][] = [
  [["--openai-api-key=sk-2"], undefined, "--openai-api-key"],
  [["--openai-base-url", "https://y.invalid"], KEY, "--openai-base-url"],
  [["--auth-type=gemini"], undefined, "--auth-type"],
  [["--auth-type=qwen-oauth"], KEY, "--auth-type"],
];

for (const [args, key, option] of REFUSED) {
  Deno.test(`requestedKind() throws for ${args.join(" ")} ${key ? "and a key" : "without a key"}`, () => {
    assertThrows(
      () => requestedKind(qwen, { args, key }),
      AgentError,
      option,
    );
  });
}
