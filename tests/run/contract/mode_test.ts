import { AgentError } from "../../../lib/errors.ts";
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { qwen } from "../../../lib/agents/qwen/agent.ts";
import { findWay, requestedKind } from "../../../lib/run/mode.ts";
import { assertFails } from "../../support/assert_fails.ts";

const ASKED = {
  agent: qwen,
  version: () => Promise.resolve(undefined),
  args: ["--prompt=hi"],
  dir: "/no/such/folder",
};

const WAYS = [
  { mode: "auto", key: true, login: false },
  { mode: "gateway", key: true, login: true },
  { mode: "link", key: false, login: false },
] as const;

for (const { mode, key, login } of WAYS) {
  Deno.test(`findWay() uses the gateway as ${mode} says`, async () => {
    const asked = { ...ASKED, mode };
    assertEquals(await findWay("api-key", asked), { isGateway: key });
    assertEquals(await findWay("oauth", asked), { isGateway: login });
  });
}

Deno.test("findWay() says why it bypasses the gateway when qwen uses a proxy for everything", async () => {
  const args = ["--proxy=http://proxy.invalid:3128", ...ASKED.args];
  const asked = { ...ASKED, args, mode: "auto" } as const;
  const { isGateway, notice = "" } = await findWay("api-key", asked);
  assertEquals(isGateway, false);
  assertMatch(
    notice,
    /^without the gateway, .* to the proxy \(--proxy\): /,
  );
  assertMatch(notice, /: qwen gets the API key directly, as with --mode link$/);
  assertEquals(await findWay("oauth", asked), { isGateway: false });
});

Deno.test("findWay() rejects when the gateway was requested and qwen would not reach it", async () => {
  const args = ["--proxy=http://proxy.invalid:3128", ...ASKED.args];
  const { hint } = await assertFails(
    () => findWay("oauth", { ...ASKED, args, mode: "gateway" }),
    "gateway-blocked",
    "Cannot use the gateway: qwen of an unknown version would send its requests",
  );
  assertEquals(
    hint,
    "unset the proxy, use qwen 0.21.10 or newer, or --mode link",
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
    const { hint } = assertThrows(
      () => requestedKind(qwen, { args, key }),
      AgentError,
      option,
    );
    assertEquals(
      hint,
      "to use a key for one run, set QWEN_API_KEY and QWEN_BASE_URL; or run " +
        "qwen itself",
    );
  });
}
