import { assert, assertEquals } from "@std/assert";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { formatHelp, formatOverview } from "../../lib/cli/help.ts";
import { parseCommandLine } from "../../lib/cli/parse.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { runCli } from "../support/cli.ts";
import { assertGolden } from "../support/golden.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("formatOverview() returns what help/overview.txt says", async () => {
  await assertGolden("help/overview.txt", `${formatOverview(COMMANDS)}\n`);
});

for (const command of COMMANDS) {
  const { name, examples } = command;

  Deno.test(`formatHelp() returns what help/${name}.txt says`, async () => {
    await assertGolden(`help/${name}.txt`, `${formatHelp(command)}\n`);
  });

  Deno.test(`formatHelp() shows examples of ${name} that can be run`, () => {
    assert(examples.length > 0);
    for (const example of examples) {
      const [, line = ""] = /account-qwen (.*)$/.exec(example) ?? [];
      const words = line.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
      assertEquals(parseCommandLine(words, COMMANDS).command?.name, name);
    }
  });
}

const ASKED: Record<string, string[][]> = {
  overview: [[], ["--help"], ["-h"]],
  exec: [["exec", "--help"], ["--help", "exec"], ["exec", "-h"]],
  switch: [["switch", "--help"], ["--switch", "--help"]],
};

for (const [name, commandLines] of Object.entries(ASKED)) {
  for (const args of commandLines) {
    const line = ["account-qwen", ...args].join(" ");
    Deno.test(`${line} prints the help of help/${name}.txt`, async () => {
      await using home = await tempDir();
      const golden = `${CHECKOUT}/tests/testdata/help/${name}.txt`;
      const { code, stdout, stderr } = await runCli(args, { home: home.path });
      assertEquals({ code, stdout, stderr }, {
        code: 0,
        stdout: await Deno.readTextFile(golden),
        stderr: "",
      });
    });
  }
}
