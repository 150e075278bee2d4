/**
 * What a tool in a run of the real `codex` finds, and what the real `codex` does
 * with a key that `env` prints.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { accountQwen, run, runCli } from "../support/cli.ts";
import { type CodexScene, setCodexScene } from "../support/codex_scene.ts";

const EXEC = ["exec", "--skip-git-repo-check"];

const KEY = "sk-test-of-codex-1";

Deno.test("exec --cli claude in a run of codex uses the accounts of claude", async () => {
  await using found = await setCodexScene([{ answer: "unused" }]);
  const claude = `${found.home}/claude`;
  const script = '#!/bin/sh\necho "claude has $ANTHROPIC_API_KEY"\n';
  await Deno.writeTextFile(claude, script, { mode: 0o755 });
  const nested = [
    ...[...accountQwen(), "--cli=claude", "exec", `--bin=${claude}`],
    ...["--mode=link", "--", "--print", "hi"],
  ].map((it) => `'${it}'`).join(" ");
  const told = `${found.home}/told`;
  const replies = [{ tool: `${nested} >${told} 2>&1` }, { answer: "done" }];
  await using scene = await setCodexScene(replies);
  await add(scene, { agent: "codex", key: KEY, url: scene.url });
  const key = "sk-ant-test-of-claude-1";
  await add(scene, { agent: "claude", key, url: "https://claude.test" });
  const { code, stderr } = await runCli([
    ...["--cli=codex", "exec", `--bin=${scene.bin}`, "--", ...EXEC],
    ...["-s", "danger-full-access", "hi"],
  ], { home: scene.home, command: accountQwen() });
  assertEquals(code, 0, stderr);
  assertEquals(await Deno.readTextFile(told), `claude has ${key}\n`);
});

for (const version of ["0.100.0", "0.171.0"]) {
  Deno.test(`codex ${version} uses the key that env prints`, async () => {
    await using scene = await setCodexScene([{ answer: "Paris" }], { version });
    const url = "https://api.openai.com/v1";
    await add(scene, { agent: "codex", key: KEY, url });
    const { stdout: code, stderr: said } = await runCli(
      ["--cli=codex", "env", "1", "--shell=sh"],
      { home: scene.home, command: accountQwen() },
    );
    assertMatch(said, /plain codex reads CODEX_API_KEY only in codex exec and/);
    const { stdout, stderr } = await run("sh", [
      ...["-c", `${code} exec "$@"`, "sh", scene.bin],
      // To this machine instead of OpenAI, for 0.171.0 and for 0.100.0.
      ...["-c", `openai_base_url="${scene.url}"`, ...EXEC, "hi"],
    ], {
      home: scene.home,
      env: version === "0.100.0" ? { OPENAI_BASE_URL: scene.url } : {},
    });
    assertEquals(stdout.trim(), "Paris", stderr);
    const keys = scene.requests.map((it) => it.headers.get("authorization"));
    assertEquals(new Set(keys), new Set([`Bearer ${KEY}`]));
  });
}

Deno.test("env --cli codex does not hand the key of another service to codex", async () => {
  await using scene = await setCodexScene([{ answer: "unused" }]);
  await add(scene, { agent: "codex", key: KEY, url: "https://other.test/v1" });
  const { stdout, stderr } = await runCli(
    ["--cli=codex", "env", "1", "--shell=sh"],
    { home: scene.home, command: accountQwen() },
  );
  assertEquals(stdout.includes("CODEX_API_KEY="), false);
  assertMatch(stderr, /plain codex ignores these variables/);
});

/** Adds the key of an account. */
async function add(
  { home }: CodexScene,
  { agent, key, url }: { agent: string; key: string; url: string },
): Promise<void> {
  // It decides which tools codex offers.
  const args = ["add", `--base-url=${url}`, "--model=gpt-6.2-sol"]
    .concat("--api-key-stdin");
  const { code, stderr } = await runCli([`--cli=${agent}`, ...args], {
    home,
    command: accountQwen(), // the agent is one of a whole process
    stdin: key,
  });
  assertEquals(code, 0, stderr);
}
