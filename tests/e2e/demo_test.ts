import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CHECKOUT } from "../support/checkout.ts";
import { run } from "../support/cli.ts";
import { denoEnv } from "../support/deno_env.ts";
import { realQwen } from "../support/real_qwen.ts";
import { tempDir } from "../support/temp_dir.ts";

const CASES = [
  { name: "the real qwen", args: [], says: "the real one, 0.24.4" },
  { name: "the stand-in", args: ["--stand-in"], says: "a stand-in" },
];

for (const { name, args, says } of CASES) {
  Deno.test(`the demo succeeds with ${name} and leaves nothing behind`, async () => {
    await realQwen("0.24.4");
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
