import { assert, assertEquals } from "@std/assert";
import type { Command } from "../../lib/cli/line/command.ts";
import { COMMANDS } from "../support/commands.ts";
import { displayWidth } from "../../lib/cli/screen/wrap.ts";
import { formatHelp, formatOverview } from "../../lib/cli/line/help.ts";
import { parseCommandLine } from "../../lib/cli/line/parse.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { runCli } from "../support/cli.ts";
import { assertGolden } from "../support/golden.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("formatOverview() returns the text of help/overview.txt", async () => {
  await assertGolden("help/overview.txt", `${formatOverview(COMMANDS, 80)}\n`);
});

// A terminal of 120 columns gets lines of 100.
for (const width of [60, 100]) {
  Deno.test(`the help at ${width} columns equals help/overview_${width}.txt and all_${width}.txt`, async () => {
    const overview = formatOverview(COMMANDS, width);
    await assertGolden(`help/overview_${width}.txt`, `${overview}\n`);
    const pages = COMMANDS.map((it) => formatHelp(it, width));
    const all = pages.join("\n\n---\n\n");
    await assertGolden(`help/all_${width}.txt`, `${all}\n`);
  });
}

for (const command of COMMANDS) {
  const { name, examples } = command;

  Deno.test(`formatHelp() returns the text of help/${name}.txt`, async () => {
    await assertGolden(`help/${name}.txt`, `${formatHelp(command, 80)}\n`);
  });

  Deno.test(`formatHelp() of ${name} breaks no word and fits, wherever it can`, () => {
    const whole = wordsOf(formatHelp(command, 10_000));
    for (const width of [60, 61, 72, 80, 99, 100]) {
      const help = formatHelp(command, width);
      assertEquals(wordsOf(help), whole);
      const wide = help.split("\n").filter((it) => displayWidth(it) > width);
      // A single word cannot be broken.
      assertEquals(wide.filter((it) => /\S \S/.test(it.trim())), []);
    }
  });

  Deno.test(`formatHelp() shows examples of ${name} that can be run`, () => {
    assert(examples.length > 0);
    for (const example of examples) {
      const [, line = ""] = /account-qwen (.*)$/.exec(example) ?? [];
      const words = (line.match(/"[^"]*"|'[^']*'|\S+/g) ?? [])
        .map((it) => it.replace(/^(["'])(.*)\1$/, "$2"));
      assertEquals(parseCommandLine(words, COMMANDS).command?.name, name);
    }
  });
}

Deno.test("formatHelp() shows one example at the top, and the others below", () => {
  const examples = ["account-qwen x 1", "account-qwen x 'a  b' 2"];
  const lines = formatHelp(commandWith({ examples }), 80).split("\n");
  assertEquals(lines.slice(4, 6), ["Example:", "  account-qwen x 1"]);
  assertEquals(lines.slice(-2), [
    "More examples:",
    "  account-qwen x 'a  b' 2",
  ]);
});

Deno.test("formatHelp() continues a long example with a backslash, not in quotes", () => {
  const text = "word ".repeat(8).trim();
  const examples = [`cat key.txt | account-qwen x --flag '${text}' --other 1`];
  const [, help = ""] = formatHelp(commandWith({ examples }), 60)
    .split("Example:\n");
  assertEquals(help.split("\n").slice(0, 3), [
    "  cat key.txt | account-qwen x --flag \\",
    `    '${text}' --other 1`,
    "",
  ]);
});

Deno.test("formatHelp() puts many flags under their headings", () => {
  const flag = { type: "boolean", summary: "Do it" } as const;
  const many = Object.fromEntries(
    [..."abcdefghijk"].map((it) => [it, { ...flag, group: "Some" }]),
  );
  const help = formatHelp(commandWith({ flags: { ...many, z: flag } }), 80);
  const headings = help.split("\n").filter((it) => /^\w.*:$/.test(it));
  assertEquals(headings.slice(1), [
    "Some:",
    "Flags:",
    "Flags of every command:",
  ]);
});

const ASKED: Record<string, string[][]> = {
  overview: [[], ["--help"], ["-h"], ["help"]],
  exec: [["exec", "--help"], ["--help", "exec"], ["help", "exec"]],
  switch: [["switch", "-h"], ["--switch", "--help"]],
  list: [["ls", "--help"]],
};

for (const [name, commandLines] of Object.entries(ASKED)) {
  for (const args of commandLines) {
    const line = ["account-qwen", ...args].join(" ");
    Deno.test(`${line} prints the help in help/${name}.txt`, async () => {
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

for (const [columns, width] of [["20", 60], ["60", 60], ["900", 100]]) {
  Deno.test(`account-qwen --help fits into ${width} columns when COLUMNS is ${columns}`, async () => {
    await using home = await tempDir();
    const golden = `${CHECKOUT}/tests/testdata/help/overview_${width}.txt`;
    const { stdout } = await runCli(["--help"], {
      home: home.path,
      env: { COLUMNS: String(columns) },
    });
    assertEquals(stdout, await Deno.readTextFile(golden));
  });
}

function commandWith(parts: Partial<Command>): Command {
  return {
    name: "x",
    group: "care",
    summary: "Do it",
    flags: {},
    examples: ["account-qwen x"],
    run: () => Promise.resolve(0),
    ...parts,
  };
}

/** The words, however the lines are broken. */
function wordsOf(help: string): string[] {
  return help.replaceAll(/ \\\n/g, "\n").split(/\s+/);
}
