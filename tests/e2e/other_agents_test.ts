/**
 * The command with the real `codex` and `claude`, and two API keys of each.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { WIRE_CASES } from "../gateway/wire_cases.ts";
import {
  type Program,
  PROGRAMS,
  setAgentScene,
} from "../support/agent_scene.ts";
import { namesIfAny } from "../support/names_in.ts";
import { eventStream } from "../support/replies.ts";
import { startUpstream } from "../support/upstream.ts";

for (const [name, program] of Object.entries(PROGRAMS)) {
  const wire = WIRE_CASES.find((it) => it.name === program.wire);
  if (!wire) throw new RangeError(`Cannot find the wire ${program.wire}`);
  const answer = () =>
    eventStream([wire.opening("a") + wire.content("a") + wire.ending("a")]);
  const quota = () =>
    Response.json(wire.errors.quota.body, { status: wire.errors.quota.status });

  Deno.test(`exec --cli ${name} continues with account 2 when account 1 is out of quota`, async () => {
    await using scene = await setAgentScene(name, program);
    const { result, keys } = await scene.exec((key) =>
      key === "1" ? quota() : answer()
    );
    assertEquals(
      [result.code, result.stdout.trim(), keys],
      [0, "text of a", ["1", "2"]],
      result.stderr,
    );
    assertMatch(
      result.stderr,
      /account 1\) is out of quota .*: continuing with .*account 2/,
    );
  });

  Deno.test(`exec --cli ${name} ends with 75 when all accounts are out of quota`, async () => {
    await using scene = await setAgentScene(name, program);
    const { result, keys } = await scene.exec(quota);
    assertEquals([result.code, result.stdout, keys], [75, "", ["1", "2"]]);
    const { code } = await scene.run(["next"]);
    assertEquals(code, 75);
  });

  Deno.test(`list, status and doctor --cli ${name} show the accounts with keys`, async () => {
    await using scene = await setAgentScene(name, program);
    const { result } = await scene.exec(answer);
    assertEquals(result.code, 0, result.stderr);
    for (const args of [["list"], ["status"], ["list", "--all"]]) {
      const { code, stdout } = await scene.run(args);
      assertEquals(code, 0);
      assertMatch(stdout, /1 .*\n.*2 /);
    }
    const { code, stdout } = await scene.run(["doctor", "--bin", program.bin]);
    assertEquals(code, 0, stdout);
    const state = await Deno.readTextFile(`${scene.folder}/state.yaml`);
    assertStringIncludes(state, `agent: ${name}`);
    const names = await namesIfAny(scene.folder);
    assertEquals(
      names.filter((it) => it.startsWith("api_key_")),
      ["api_key_1.env", "api_key_2.env"],
    );
    assertEquals(names.filter((it) => it.includes("run_settings")), []);
  });
}

Deno.test("exec --cli codex --mode link leaves an account whose service demands an hour's pause", async () => {
  const program = PROGRAMS.codex as Program;
  const wire = WIRE_CASES.find((it) => it.name === program.wire);
  await using scene = await setAgentScene("codex", program);
  const error = { message: "Rate limit reached", code: "rate_limit_exceeded" };
  const pause = { status: 429, headers: { "retry-after": "3600" } };
  const { result, keys } = await scene.exec(
    (key) =>
      key === "1" ? Response.json({ error }, pause) : eventStream([
        `${wire?.opening("a")}${wire?.content("a")}${wire?.ending("a")}`,
      ]),
    { flags: ["--mode", "link"] },
  );
  assertEquals([result.code, keys], [0, ["1", "2"]], result.stderr);
  assertMatch(result.stderr, /account 1\) is rate-limited .*: continuing with/);
  const { stdout } = await scene.run(["list"]);
  assertMatch(stdout, /resting until .*\d\d:\d\d \(service\): rate-limited/);
});

for (const mode of ["gateway", "link"]) {
  Deno.test(`exec --cli claude --mode ${mode} asks at /v1/messages when the base URL ends with /v1`, async () => {
    const program = { ...PROGRAMS.claude as Program, path: "/api/v1" };
    const wire = WIRE_CASES.find((it) => it.name === program.wire);
    await using scene = await setAgentScene("claude", program);
    const { result, paths, said } = await scene.exec(
      () =>
        eventStream([
          `${wire?.opening("a")}${wire?.content("a")}${wire?.ending("a")}`,
        ]),
      { flags: ["--mode", mode] },
    );
    assertEquals(result.stdout.trim(), "text of a", result.stderr);
    assertEquals(paths, ["/api/v1/messages"]);
    assertMatch(
      said,
      /removed "\/v1", which every request adds, from the base/,
    );
    assert(!result.stderr.includes("/v1"), result.stderr);
  });
}

/** Settings of a project that would take the key of a run elsewhere. */
const HOSTILE = (url: string): Record<string, Record<string, string>> => ({
  "another address": { ANTHROPIC_BASE_URL: url },
  "a proxy": { HTTPS_PROXY: url, HTTP_PROXY: url, http_proxy: url },
  "an empty key": { ANTHROPIC_API_KEY: "" },
  "another key": { ANTHROPIC_API_KEY: "sk-foreign-9" },
  "another token": { ANTHROPIC_AUTH_TOKEN: "foreign-9" },
  "other headers": { ANTHROPIC_CUSTOM_HEADERS: "x-api-key: foreign-9" },
  "another socket": { ANTHROPIC_UNIX_SOCKET: "/tmp/foreign.sock" },
  "another service": { CLAUDE_CODE_USE_BEDROCK: "1" },
});

for (const what of Object.keys(HOSTILE(""))) {
  for (const mode of ["gateway", "link"]) {
    Deno.test(`exec --cli claude --mode ${mode} sends nothing elsewhere when a project sets ${what}`, async () => {
      const program = PROGRAMS.claude as Program;
      const wire = WIRE_CASES.find((it) => it.name === program.wire);
      await using foreign = startUpstream(() =>
        new Response("", { status: 500 })
      );
      await using scene = await setAgentScene("claude", program);
      const project = `${scene.home}/project/.claude`;
      await Deno.mkdir(project, { recursive: true });
      const env = HOSTILE(new URL(foreign.url).origin)[what];
      await Deno.writeTextFile(
        `${project}/settings.json`,
        JSON.stringify({ env }),
      );
      const { result, keys } = await scene.exec(
        () =>
          eventStream([
            `${wire?.opening("a")}${wire?.content("a")}${wire?.ending("a")}`,
          ]),
        { cwd: `${scene.home}/project`, flags: ["--mode", mode] },
      );
      assertEquals(foreign.requests.map((it) => it.path), []);
      assertEquals(
        [result.code, result.stdout.trim(), keys],
        [0, "text of a", ["1"]],
        result.stderr,
      );
    });
  }
}
