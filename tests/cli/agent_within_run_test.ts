import { assertEquals } from "@std/assert";
import { CHECKOUT } from "../support/checkout.ts";
import { tempDir } from "../support/temp_dir.ts";
import { addKey, call } from "./more_agents.ts";

Deno.test("the processes of a run find its agent in the environment", async () => {
  await using home = await tempDir();
  await addKey("nest", home.path);
  const program = `${home.path}/nest`;
  await Deno.writeTextFile(program, "#!/bin/sh\necho $ACCOUNT_QWEN_CLI\n");
  await Deno.chmod(program, 0o755);
  const { stdout, stderr } = await call(
    ["--cli", "nest", "exec", "--bin", program, "--", "Hi"],
    { home: home.path },
  );
  assertEquals(stdout, "nest\n", stderr);
});

for (
  const [agent, code] of [["nest", 0], ["tiny", 4], ["qwen", 4]] as const
) {
  Deno.test(
    `exec of ${agent} within a run of nest ${
      code === 0 ? "belongs to that run" : "is a run of its own"
    }`,
    async () => {
      await using home = await tempDir();
      const program = `${CHECKOUT}/tests/agents/tiny/tiny.sh`;
      const result = await call(
        ["--cli", agent, "exec", "--bin", program, "--", "--ask=Hi"],
        {
          home: home.path,
          env: {
            ACCOUNT_QWEN_RUN: "0123456789abcdef",
            ACCOUNT_QWEN_CLI: "nest",
            TINY_KEY: "outer",
          },
        },
      );
      assertEquals(result.code, code, result.stderr);
      assertEquals(result.stdout, code === 0 ? "outer: Hi\n" : "");
    },
  );
}
