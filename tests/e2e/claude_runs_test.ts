/**
 * What `lib/agents/claude` says of the real `claude`: its accounts, its limits,
 * its sessions and its home.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { claude } from "../../lib/agents/claude/agent.ts";
import { entryOf } from "../../lib/agents/claude/home.ts";
import { resumeArgs } from "../../lib/agents/claude/args.ts";
import { claudeScene, credentialIn } from "../support/claude_scene.ts";
import { errorsAfterLastAnswer } from "../support/corpus.ts";

/** When the limits of the tests reset, epoch seconds. */
const RESETS_AT = Math.floor(Date.now() / 1_000) + 10_800;

/** Returns the refusal of a plan that is used up. */
function limit(): Response {
  const headers = Object.entries({
    status: "rejected",
    reset: RESETS_AT,
    "representative-claim": "five_hour",
    "5h-status": "rejected",
    "5h-reset": RESETS_AT,
  }).map(([name, value]): [string, string] => [
    `anthropic-ratelimit-unified-${name}`,
    String(value),
  ]);
  const message = "This request would exceed your account's rate limit.";
  const error = { type: "rate_limit_error", message };
  return Response.json({ type: "error", error }, { status: 429, headers });
}

const FORMATS: Record<string, string[]> = {
  "text": [],
  "json": ["--output-format=json"],
  "json --verbose": ["--output-format=json", "--verbose"],
  "stream-json": ["--output-format=stream-json", "--verbose"],
};

for (const [format, options] of Object.entries(FORMATS)) {
  Deno.test(`claude tells of its limit in ${format}, with the time of the reset`, async () => {
    await using scene = await claudeScene();
    const { evidence } = await scene.run({
      account: 1,
      args: [...options, ...claude.promptArgs("hi")],
      reply: limit,
    });
    const { kind, retryAt = 0 } = claude.output.classify(evidence, {});
    assertEquals(kind, "quota");
    // The text has no seconds.
    assertEquals(Math.floor(retryAt / 60_000), Math.floor(RESETS_AT / 60));
  });
}

Deno.test("claude tells of its limit in its log, to the second", async () => {
  await using scene = await claudeScene();
  const id = crypto.randomUUID();
  const args = claude.promptArgs("hi");
  const idArgs = claude.sessions.idArgs(id, args, "2.1.332") ?? [];
  const { evidence } = await scene.run({
    account: 1,
    args: [...idArgs, ...args],
    reply: limit,
  });
  const log = await scene.log(id);
  const sessionErrors = errorsAfterLastAnswer(log, claude.sessions.parseLine);
  const alone = { ...evidence, stdout: "", sessionErrors };
  const { kind, retryAt } = claude.output.classify(alone, {});
  assertEquals([kind, retryAt], ["quota", RESETS_AT * 1_000]);
});

Deno.test("claude continues a session with another account and all its options", async () => {
  await using scene = await claudeScene();
  const id = crypto.randomUUID();
  const args = [
    `--session-id=${id}`,
    "--model=haiku",
    ...claude.promptArgs("Say hello"),
  ];
  const first = await scene.run({ account: 1, args, reply: limit });
  const goOn = { id, text: "please continue", version: "2.1.332" };
  const resumed = resumeArgs(args, goOn);
  const second = await scene.run({ account: 2, args: resumed ?? [] });
  assertEquals(first.requests.map(credentialIn), ["token-1"]);
  assertEquals(second.requests.map(credentialIn), ["token-2"]);
  assertEquals(second.evidence.stdout, "Hello!\n");
  const [request] = second.requests;
  const { model, messages } = JSON.parse(request?.body ?? "");
  assertStringIncludes(model, "haiku");
  assertStringIncludes(JSON.stringify(messages), "Say hello");
  assertStringIncludes(JSON.stringify(messages), "please continue");
});

Deno.test("claude has nothing in its home that the table does not know", async () => {
  await using scene = await claudeScene();
  await scene.run({ account: 1 });
  await scene.run({ account: "key", args: ["mcp", "list"] });
  await scene.run({ account: "key", args: ["plugin", "list"] });
  const unknown = scene.entries().filter((it) => entryOf(it) === undefined);
  assertEquals(unknown, []);
});
