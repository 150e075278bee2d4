import { assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../support/commands.ts";
import type { Command } from "../../lib/cli/line/command.ts";
import { EXIT } from "../../lib/cli/exit.ts";
import { formatManPage } from "../../lib/cli/line/man_page.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { run, runCli } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";

const test = await testWith("mandoc");

test("man prints a page in which mandoc finds no fault", async () => {
  await using dir = await tempDir();
  const { code, stdout } = await runCli(["man"], { home: dir.path });
  assertEquals(code, 0);
  assertEquals(await lint(dir.path, stdout), []);
});

test("formatManPage() shows every command, flag and example unchanged", async () => {
  const shown = await render(formatManPage(COMMANDS));
  for (const { name, usage, flags, examples } of COMMANDS) {
    assertStringIncludes(shown, words(`account-qwen ${name} ${usage ?? ""}`));
    for (const [name, { type, value, summary }] of Object.entries(flags)) {
      const flag = type === "switch" ? `[no-]${name}` : name;
      assertStringIncludes(shown, words(`--${flag} ${value ?? ""} ${summary}`));
    }
    for (const example of examples) {
      assertStringIncludes(shown, words(example));
    }
  }
});

test("formatManPage() shows text unchanged that has a meaning for roff", async () => {
  const hostile: Command = {
    name: "hostile",
    group: "care",
    summary: '.TH it\'s \\fBbold\\fR `a` "b" ^c ~d',
    usage: '<"x" | \\y>',
    flags: {},
    notes: ["'begins a request", ".so /etc/passwd", "", "\\*(xx -- a-b"],
    examples: ["account-qwen hostile | cat -- '~/.x' >\"$HOME\\n\""],
    run: () => Promise.resolve(0),
  };
  const page = formatManPage([hostile]);
  const shown = await render(page);
  for (
    const text of [
      `${hostile.summary}.`,
      hostile.usage ?? "",
      ...hostile.notes ?? [],
      ...hostile.examples,
    ]
  ) {
    assertStringIncludes(shown, words(text));
  }
});

Deno.test("formatManPage() has the sections of a manual page, in their order", () => {
  const page = formatManPage(COMMANDS);
  assertEquals([...page.matchAll(/^\.SH (.*)$/gm)].map((it) => it[1]), [
    "NAME",
    "SYNOPSIS",
    "DESCRIPTION",
    "COMMANDS",
    "FLAGS OF EVERY COMMAND",
    "SETTINGS",
    "EXAMPLES",
    "FILES",
    "ENVIRONMENT",
    "EXIT STATUS",
    "SEE ALSO",
  ]);
});

test("formatManPage() names every exit code", async () => {
  const shown = await render(formatManPage([]));
  // 141 is one of the codes 128 + n.
  const codes = Object.values(EXIT).filter((it) => it < 128);
  for (const code of codes) {
    assertStringIncludes(shown, ` ${code} `);
  }
});

for (const name of ["README.md", "lib/cli/line/man_page.ts"]) {
  Deno.test(`${name} has the same exit codes as the other`, async () => {
    const text = await Deno.readTextFile(`${CHECKOUT}/${name}`);
    for (const code of [0, 1, 2, 4, 75, 124, 127]) {
      assertEquals(new RegExp(`[|"] ?${code}[ "]`).test(text), true, `${code}`);
    }
  });
}

/**
 * The complaints of mandoc(1), except the missing date: a page belongs to a
 * version.
 */
async function lint(home: string, page: string): Promise<string[]> {
  const path = `${home}/account-qwen.1`;
  await Deno.writeTextFile(path, page);
  const { stdout } = await run(
    "mandoc",
    ["-Tlint", "-Wwarning", path],
    { home },
  );
  const found = stdout.split("\n").filter((it) => it !== "");
  return found.filter((it) => !it.includes('missing date, using "": TH'));
}

/** The words of the page on a terminal, with single spaces between them. */
async function render(page: string): Promise<string> {
  await using dir = await tempDir();
  const { code, stdout } = await run(
    "mandoc",
    ["-Tascii", "-Owidth=1000"],
    { home: dir.path, stdin: page },
  );
  assertEquals(code, 0);
  // deno-lint-ignore no-control-regex
  return words(stdout.replace(/.\x08/g, ""));
}

function words(text: string): string {
  return text.split(/\s+/).filter((it) => it !== "").join(" ");
}
