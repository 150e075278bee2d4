import { assertEquals, assertStringIncludes } from "@std/assert";
import { apiKey } from "../support/account_folder.ts";
import { runCli } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";

/** Command lines that fail, and the command that their hint proposes. */
const FAILURES: Record<string, [string[], string]> = {
  "an unknown label": [["switch", "nope"], "list"],
  "a number that no account has": [["switch", "7"], "list"],
  "a key account in a login command": [["login", "1"], "add --replace 1"],
  "a label that another account has": [
    ["label", "1", "home"],
    "label 2 --unset",
  ],
  "a disabled account": [["switch", "off"], "enable off"],
  "an unknown setting": [["config", "get", "nope"], "config"],
};

for (const [what, [args, proposal]] of Object.entries(FAILURES)) {
  Deno.test(`the hint after ${what} names the folder of --dir`, async () => {
    await using home = await tempDir();
    const dir = `${home.path}/my team`;
    await Deno.mkdir(dir, { mode: 0o700 });
    const run = (...words: string[]) =>
      runCli(["--dir", dir, ...words], {
        home: home.path,
        stdin: `${apiKey(words.length)}\n`,
      });
    const add = ["add", "--preset", "dashscope", "--api-key-stdin"];
    assertEquals((await run(...add)).code, 0);
    assertEquals((await run(...add, "--label", "home")).code, 0);
    assertEquals((await run(...add, "--label", "off", "--json")).code, 0);
    assertEquals((await run("disable", "off")).code, 0);
    const { stderr } = await run(...args);
    assertStringIncludes(stderr, `account-qwen --dir '${dir}' ${proposal}`);
  });
}

Deno.test("hints name no folder without --dir", async () => {
  await using home = await tempDir();
  const { stderr } = await runCli(["switch", "work"], { home: home.path });
  assertEquals(
    stderr.split("\n")[1],
    "account-qwen: hint: account-qwen setup",
  );
});
