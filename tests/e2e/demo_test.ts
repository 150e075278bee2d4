import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CHECKOUT } from "../support/checkout.ts";
import { run } from "../support/cli.ts";
import { denoEnv } from "../support/deno_env.ts";
import { realClaude } from "../support/real_claude.ts";
import { realCodex } from "../support/real_codex.ts";
import { realQwen } from "../support/real_qwen.ts";
import { tempDir } from "../support/temp_dir.ts";

const CASES = [
  {
    name: "the real qwen",
    args: [],
    says: "the real one, 0.24.4",
    get: () => realQwen("0.24.4"),
  },
  { name: "the stand-in", args: ["--stand-in"], says: "a stand-in" },
  {
    name: "the real codex",
    args: ["--cli", "codex"],
    says: "the real one, 0.171.0",
    get: () => realCodex("0.171.0"),
  },
  {
    name: "the real claude",
    args: ["--cli", "claude"],
    says: "the real one, 2.1.332",
    get: () => realClaude("2.1.332"),
  },
];

for (const { name, args, says, get } of CASES) {
  Deno.test(`the demo succeeds with ${name} and leaves nothing behind`, async () => {
    await get?.();
    await using dir = await tempDir();
    const { code, stdout, stderr } = await run(
      Deno.execPath(),
      ["run", "--cached-only", "-A", `${CHECKOUT}/scripts/demo.ts`, ...args],
      {
        home: dir.path,
        env: { ...await denoEnv(), TMPDIR: dir.path },
      },
    );
    assertEquals(code, 0, stdout + stderr);
    assertStringIncludes(stdout, says);
    assertStringIncludes(stdout, "The capital of France is Paris.");
    assertMatch(stderr, /work.*out of quota.*home/);
    assertEquals(stderr.includes("Download "), false, stderr);
    const left = await Array.fromAsync(Deno.readDir(dir.path));
    assertEquals(left.map((it) => it.name), []);
  });
}

Deno.test("the demo names the agents when --cli names no agent", async () => {
  await using dir = await tempDir();
  const { code, stdout, stderr } = await run(
    Deno.execPath(),
    ["run", "-A", `${CHECKOUT}/scripts/demo.ts`, "--cli", "foo"],
    { home: dir.path, env: await denoEnv() },
  );
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, '"foo" is not one of qwen, codex, claude');
});
