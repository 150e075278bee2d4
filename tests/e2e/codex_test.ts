/**
 * What `lib/agents/codex` says about the real `codex`, asked of the program
 * itself. It talks to a service on this machine.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { sessionIdIn, threadIdIn } from "../../lib/agents/codex/error_text.ts";
import { homeLogin } from "../../lib/agents/codex/login.ts";
import { output } from "../../lib/agents/codex/output.ts";
import { resumeArgs } from "../../lib/agents/codex/args.ts";
import { changedConditions } from "../../lib/agents/session_format.ts";
import {
  type CodexReply,
  type CodexScene,
  eventsIn,
  setCodexScene,
  unknownEntries,
} from "../support/codex_scene.ts";

const KEY = { apiKey: "run-token" };
const EXEC = ["exec", "--skip-git-repo-check"];

/** Ends in two hours and some seconds, which codex does not print. */
const RESETS_AT = Math.floor(Date.now() / 60_000) * 60 + 7_217;

const LIMIT: CodexReply = {
  status: 429,
  error: {
    type: "usage_limit_reached",
    message: "The usage limit has been reached",
    plan_type: "plus",
    resets_at: RESETS_AT,
  },
};

for (const version of ["0.100.0", "0.171.0"]) {
  Deno.test(`codex ${version} sends only its question, with the key of the run`, async () => {
    await using scene = await setCodexScene([{ answer: "Paris" }], { version });
    const { stdout, stderr } = await scene.exec([...EXEC, "--", "resume"], KEY);
    assertEquals(stdout.trim(), "Paris", stderr);
    const sent = scene.requests.map(({ method, path, headers }) =>
      [method, path, headers.get("authorization")].join(" ")
    );
    const path = `${new URL(scene.url).pathname}/responses`;
    const post = `POST ${path} Bearer run-token`;
    const handshake = `GET ${path} Bearer run-token`;
    assertEquals(sent, version === "0.100.0" ? [post] : [handshake, post]);
    assertEquals(await unknownEntries(scene), []);
    assert(!await hasLogin(scene));
    assertEquals(stderr.includes("run-token"), false);
  });

  Deno.test(`codex ${version} at its limit ends at once, and says until when`, async () => {
    await using scene = await setCodexScene([LIMIT], { version });
    const { code, ...texts } = await scene.exec([...EXEC, "--", "hi"], KEY);
    assertEquals(scene.requests.filter((it) => it.method === "POST").length, 1);
    assert(texts.durationMs < 5_000, `${texts.durationMs} ms`);
    const evidence = { exitCode: code, timedOut: false, ...texts };
    const { kind, retryAt = NaN } = output.classify(evidence, {});
    assertEquals(kind, "quota");
    assertResets(retryAt);
    assertEquals(texts.stdout, "");
    const [name = ""] = (await scene.rollouts()).keys();
    assertStringIncludes(name, `-${sessionIdIn(texts.stderr)}.jsonl`);
  });
}

Deno.test("codex 0.171.0 reports a limit in its events and in its log", async () => {
  await using scene = await setCodexScene([{ tool: "echo 1" }, LIMIT]);
  const args = [...EXEC, "--json", "-s", "workspace-write", "--", "hi"];
  const { code, stdout } = await scene.exec(args, KEY);
  const evidence = { exitCode: code, timedOut: false, stdout, stderr: "" };
  assertEquals(output.classify(evidence, {}).kind, "quota");

  const [[name = "", lines = []] = []] = await scene.rollouts();
  assertStringIncludes(name, `-${threadIdIn(stdout)}.jsonl`);
  const events = eventsIn(lines);
  const errors = events.filter((it) => it.kind === "error");
  const sessionErrors = errors.map((it) => it.error);
  assertEquals(sessionErrors.map((it) => it.code), ["usage_limit_reached"]);
  const limits = events.findLast((it) => it.kind === "limits")?.limits;
  assertEquals(limits, [{ usedPercent: 42.5, resetsAt: 4_102_444_800_000 }]);
  const { kind, retryAt = NaN } = output.classify(
    { ...evidence, stdout: "", sessionErrors, limits },
    {},
  );
  assertEquals(kind, "quota");
  assertResets(retryAt);
  const tokens = events.filter((it) => it.kind === "answer" && it.tokens);
  assertEquals(tokens.length, 1);
  assertEquals(events.filter((it) => it.kind === "tool"), [
    { kind: "tool", name: "exec" },
  ]);
  const bytes = new TextEncoder().encode(stdout);
  const tools = await output.toolsIn({
    head: (length) => Promise.resolve(bytes.slice(0, length)),
    stream: () => ReadableStream.from([bytes]),
  });
  assertEquals(new Set(tools), new Set(["command_execution"]));
});

Deno.test("codex 0.171.0 continues a session under its first conditions", async () => {
  const replies = [{ tool: "echo 1" }, LIMIT, { answer: "done" }];
  await using scene = await setCodexScene(replies);
  await Deno.mkdir(`${scene.home}/project/sub`);
  const options = ["-s", "workspace-write", "-C", "sub", "-m", "gpt-6.1-sol"];
  const args = [...EXEC, ...options, "--", "hi"];
  const first = await scene.exec(args, KEY);
  const id = sessionIdIn(first.stderr) ?? "";
  const goOn = { id, text: "--please go on", version: "0.171.0" };
  const again = resumeArgs(args, goOn) ?? [];
  const { stdout } = await scene.exec(again, { apiKey: "second-token" });
  assertEquals(stdout.trim(), "done");

  const rollouts = await scene.rollouts();
  assertEquals(rollouts.size, 1);
  const [[, lines = []] = []] = rollouts;
  const turns = eventsIn(lines).filter((it) => it.kind === "turn");
  const contexts = turns.map((it) => it.conditions);
  const [before, after] = [contexts[0], contexts.at(-1)];
  if (!before || !after || before === after) throw new Error("no conditions");
  assertEquals(changedConditions(before, after), []);
  assertEquals(before.model, "gpt-6.1-sol");
  assertMatch(before.cwd ?? "", /\/project\/sub$/);
  assertMatch(before.sandbox ?? "", /workspace-write/);
  const { body, headers } = scene.requests.at(-1) ?? {};
  assertEquals(headers?.get("authorization"), "Bearer second-token");
  assertMatch(body ?? "", /custom_tool_call_output.*--please go on/s);
});

async function hasLogin({ codexHome }: CodexScene): Promise<boolean> {
  const names = await Array.fromAsync(Deno.readDir(codexHome));
  return names.some((it) => it.name === homeLogin.file);
}

/** codex prints the minute; the verdict is its end, so never too early. */
function assertResets(retryAt: number): void {
  const late = retryAt - RESETS_AT * 1_000;
  assert(late >= 0 && late <= 60_000, `${late} ms late`);
}
