import { assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { problemOfProgram } from "../../scripts/try_program.ts";
import { accountQwen } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("problemOfProgram() finds nothing wrong with this program", async () => {
  assertEquals(await problemOfProgram(accountQwen()), undefined);
});

const WRONG: Record<string, RegExp> = {
  "exit 1": /does not print its version/,
  [`echo ${config.version}`]: /does not rotate on the link: exit code 0/,
  [`[ "$1" = --version ] && echo ${config.version}`]:
    /does not rotate on the link: exit code 1, asked accounts $/m,
};

for (const [script, says] of Object.entries(WRONG)) {
  Deno.test(`problemOfProgram() reports what is wrong with: ${script}`, async () => {
    const problem = await problemOfProgram(["sh", "-c", script, "sh"]);
    assertMatch(problem ?? "", says);
  });
}

Deno.test("problemOfProgram() reports a program that cannot be started", async () => {
  await using dir = await tempDir();
  const problem = await problemOfProgram([`${dir.path}/missing`]);
  assertEquals(problem, "it cannot be started");
});
