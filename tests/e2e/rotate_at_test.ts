/**
 * Real agents leave an account before its limit, and what is reserved.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { claudePlans } from "../support/claude_plans.ts";
import { PROGRAMS, setAgentScene } from "../support/agent_scene.ts";
import { answer, credentialIn, toolUse } from "../support/claude_scene.ts";
import { responseOf } from "../support/codex_scene.ts";
import { codexPlans } from "../support/plan_scene.ts";
import { setScene } from "../support/scene.ts";
import type { Reply } from "../support/service.ts";

const ROTATE = "--rotate-at=90%";
const LOGINS = "--rotate-logins";

/** The windows begin again then, epoch seconds. */
const RESETS_AT = Math.floor(Date.now() / 1_000) + 7_200;

/** Returns an account with a limit of 100 requests a day, which it tells. */
function limited(used: number, reply: () => Reply): () => Reply {
  return () => ({
    ...reply(),
    headers: {
      "x-ratelimit-limit-requests-day": "100",
      "x-ratelimit-remaining-requests-day": String(100 - ++used),
      "x-ratelimit-reset-requests-day": "7200",
    },
  });
}

for (const version of ["0.12.0", "0.24.4"]) {
  Deno.test(`exec --rotate-at with qwen ${version} and keys continues with another account within a run`, async () => {
    let calls = 3;
    const reply = (): Reply =>
      calls-- > 0
        ? { toolCall: { name: "list_directory", args: { path: "/" } } }
        : { answer: "Done" };
    const replies = [limited(88, reply), limited(5, reply)];
    await using scene = await setScene(replies, { version, keys: [1, 2] });
    const args = [ROTATE, "--", "--prompt=List the folders"];
    const { code, stdout, stderr } = await scene.exec(args);
    assertEquals([code, stdout.trim()], [0, "Done"], stderr);
    assertEquals(scene.askedAccounts(), [1, 1, 2, 2]);
    assertMatch(
      stderr,
      /account 1 has used 90 % of day for qwen3 \(header\): continuing with account 2\n/,
    );
    await scene.exec([ROTATE, "--", "--prompt=Hello"]);
    assertEquals(scene.askedAccounts().slice(4), [2], "taken back");
  });
}

Deno.test("exec --rotate-at with qwen 0.24.4 and logins begins a run on the link elsewhere", async () => {
  const reply = (): Reply => ({ answer: "Paris" });
  const replies = [limited(92, reply), limited(5, reply)];
  await using scene = await setScene(replies, { version: "0.24.4" });
  const ask = ["--", "--prompt=What is the capital of France?"];
  await scene.exec(["--mode=gateway", ...ask]);
  const before = scene.askedAccounts();
  assertEquals(new Set(before), new Set([1]));
  const { code, stderr } = await scene.exec(["--mode=link", ROTATE, ...ask]);
  assertEquals(code, 0, stderr);
  const after = scene.askedAccounts().slice(before.length);
  assertEquals(new Set(after), new Set([2]), stderr);
  assertEquals(await scene.home.link(), "accounts/oauth_creds_2.json");
  assertMatch(stderr, /account 1 has used 9\d % of day .*: continuing with/);
});

Deno.test("exec --rotate-at with codex 0.171.0 leaves a plan only with --rotate-logins", async () => {
  const used: Record<string, number> = { "account-1": 92, "account-2": 10 };
  await using plans = await codexPlans({
    reply: (account) => ({
      answer: "Paris",
      limits: {
        "x-codex-primary-used-percent": String(used[account]),
        "x-codex-primary-window-minutes": "300",
        "x-codex-primary-reset-at": String(RESETS_AT),
      },
    }),
  });
  const runs = [[], [ROTATE], [ROTATE, LOGINS], [ROTATE, LOGINS]];
  const told: string[] = [];
  for (const options of runs) {
    const { code, stderr } = await plans.ask("hi", { options });
    assertEquals(code, 0, stderr);
    told.push(...stderr.split("\n").filter((it) => it.includes("has used")));
  }
  const [one, two] = Object.keys(used);
  assertEquals(plans.asked(), [one, one, two, two]);
  assertEquals(told, [
    "account-qwen: account 1 has used 92 % of 5h (agent): continuing with account 2",
  ]);
  const kept = ["--reserve=95% for ci"];
  const other = await plans.ask("hi", { options: kept });
  assertEquals(other.code, 75, other.stderr);
  const own = await plans.ask("hi", { options: [...kept, "--for=ci"] });
  assertEquals(own.code, 0, own.stderr);
  const guards: [string[], number][] = [
    [["1", "--need=20%"], 75],
    [["2", "--need=20%"], 0],
    [["2", "--need=5 requests"], 3],
  ];
  for (const [args, expected] of guards) {
    const { code, stdout } = await plans.cli(["guard", ...args]);
    assertEquals(code, expected, stdout);
  }
});

Deno.test("exec --rotate-at with claude 2.1.332 leaves a plan only with --rotate-logins", async () => {
  const used: Record<string, string> = { "token-1": "0.92", "token-2": "0.1" };
  await using plans = await claudePlans({
    reply: (request) => {
      const response = answer();
      const told = {
        status: "allowed",
        "representative-claim": "five_hour",
        reset: String(RESETS_AT),
        "5h-status": "allowed",
        "5h-reset": String(RESETS_AT),
        "5h-utilization": used[credentialIn(request)] ?? "0",
      };
      for (const [name, value] of Object.entries(told)) {
        response.headers.set(`anthropic-ratelimit-unified-${name}`, value);
      }
      return response;
    },
  });
  const asked: string[][] = [];
  const told: string[] = [];
  const words = ["--print", "hi", "--output-format=stream-json", "--verbose"];
  for (const options of [[], [ROTATE], [ROTATE, LOGINS], [ROTATE, LOGINS]]) {
    const before = plans.requests.length;
    const { code, stderr } = await plans.exec(words, options);
    assertEquals(code, 0, stderr);
    const tokens = plans.requests.slice(before).map(credentialIn)
      .filter((it) => it !== "");
    asked.push([...new Set(tokens)]);
    told.push(...stderr.split("\n").filter((it) => it.includes("has used")));
  }
  assertEquals(asked, [["token-1"], ["token-1"], ["token-2"], ["token-2"]]);
  assertEquals(told, [
    "account-qwen: account 1 has used 92 % of 5h (agent): continuing with account 2",
  ]);
});

/** What the services of keys say of their limits: 8 of 100 are left. */
const KEYS: Record<string, {
  headers: Record<string, string>;
  tool: () => Response;
  answer: () => Response;
  args: string[];
}> = {
  codex: {
    headers: {
      "x-ratelimit-limit-requests": "100",
      "x-ratelimit-remaining-requests": "8",
      "x-ratelimit-reset-requests": "2h0m0s",
    },
    tool: () => responseOf({ tool: "true" }, 1),
    answer: () => responseOf({ answer: "Paris" }, 2),
    args: ["exec", "--skip-git-repo-check", "hi"],
  },
  claude: {
    headers: {
      "anthropic-ratelimit-requests-limit": "100",
      "anthropic-ratelimit-requests-remaining": "8",
      "anthropic-ratelimit-requests-reset": new Date(RESETS_AT * 1_000)
        .toISOString(),
    },
    tool: () => toolUse("Bash", { command: "true", description: "do it" }),
    answer: () => answer("Paris"),
    args: ["--print", "hi", "--allowedTools", "Bash"],
  },
};

for (const [name, { headers, tool, answer, args }] of Object.entries(KEYS)) {
  Deno.test(`exec --rotate-at with ${name} and keys continues with another account within a run`, async () => {
    await using scene = await setAgentScene(name, PROGRAMS[name]!);
    let asked = 0;
    const { result: { code, stdout, stderr }, keys } = await scene.exec(() => {
      const response = asked++ === 0 ? tool() : answer();
      for (const it of Object.entries(headers)) response.headers.set(...it);
      return response;
    }, { flags: [ROTATE], args });
    assertEquals([code, stdout.trim()], [0, "Paris"], stderr);
    assertEquals(keys, ["1", "2"], stderr);
    assertMatch(stderr, /has used 92 % of .* \(header\): continuing with/);
    const left = ["guard", "1", "--need=10 requests"];
    assertEquals((await scene.run(left)).code, 75);
  });
}
