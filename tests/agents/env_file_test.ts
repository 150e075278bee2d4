import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { parse } from "dotenv";
import {
  formatEnvFile,
  parseEnvFile,
  splitEnvFile,
} from "../../lib/agents/env_file.ts";
import { run } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";

const HOSTILE: Record<string, string> = {
  BACKSLASH: 'a\\b\\nc\\"d',
  BLANKS: "  a  ",
  COMMENT: "a #b # c",
  EMPTY: "",
  EXPANDED: "$HOME ${HOME} $(touch pwned) `touch pwned`",
  LINES: "one\nEMPTY=two\n\n#three\n",
  NAMES: "模型/Größe-🦕",
  QUOTED: '"a"',
  SEMICOLON: "a; touch pwned & exit 1",
  SINGLE_QUOTE: "it's #'quoted'",
};

Deno.test("formatEnvFile() writes what dotenv reads", async () => {
  const text = formatEnvFile(HOSTILE);
  assertEquals(parse(text), HOSTILE);
  assertEquals(await parseEnvFile(bytesOf(text)), HOSTILE);
});

for (const shell of ["sh", "dash", "bash"]) {
  Deno.test(`formatEnvFile() writes what ${shell} reads`, async () => {
    await using dir = await tempDir();
    await Deno.writeTextFile(`${dir.path}/a.env`, formatEnvFile(HOSTILE));
    const script = "set -a; . ./a.env; env -0";
    const result = await run(shell, ["-ec", script], { home: dir.path });
    assertEquals({ ...result, durationMs: 0, stdout: "" }, {
      code: 0,
      durationMs: 0,
      stdout: "",
      stderr: "",
    });
    const env = Object.fromEntries(
      result.stdout.split("\0").map((it) => it.split(/=(.*)/s)),
    );
    assertEquals(
      Object.fromEntries(Object.keys(HOSTILE).map((it) => [it, env[it]])),
      HOSTILE,
    );
    const names = await Array.fromAsync(
      Deno.readDir(dir.path),
      (it) => it.name,
    );
    assertEquals(names, ["a.env"]);
  });
}

Deno.test("formatEnvFile() writes each value so that every reader agrees, or not at all", () => {
  const letters = ["'", '"', "\\", "$", "`", "#", "\n", " ", "n", "="];
  for (const value of wordsOf(letters, 4)) {
    // What follows must not be read as a part of the value, nor the other way
    // round.
    const variables = { BEFORE: "'#'", VALUE: value, AFTER: "' #", LAST: "x" };
    try {
      const text = formatEnvFile(variables);
      assertEquals(parse(text), variables);
      assertEquals(parse(text, { fast: true }), variables);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const isHard = /'.*["$`\\]|["$`\\].*'|\\$/s.test(value);
      assertEquals(isHard, true, `refuses ${JSON.stringify(value)}`);
    }
  }
});

for (const value of ["'\"", "'$", "'`", "'\\", "a\\", "a\0", "'\r"]) {
  Deno.test(`formatEnvFile() throws when a value is ${JSON.stringify(value)}`, () => {
    const error = assertThrows(
      () => formatEnvFile({ NAME: `secret${value}` }),
      SyntaxError,
    );
    assertEquals(
      error.message,
      "has a value in NAME that no .env file can hold",
    );
  });
}

Deno.test("parseEnvFile() reads files written by hand", async () => {
  const text =
    '\uFEFF# mine\r\nexport A = 1 # one\r\nB="2\\n"\nC: c\n\nnoise\n';
  assertEquals(await parseEnvFile(bytesOf(text)), { A: "1", B: "2\n", C: "c" });
});

const BINARY = {
  "a NUL": [0x41, 0x3d, 0],
  "invalid UTF-8": [0x41, 0x3d, 0xff],
};

for (const [what, bytes] of Object.entries(BINARY)) {
  Deno.test(`parseEnvFile() throws when there is ${what}`, async () => {
    await assertRejects(
      () => parseEnvFile(new Uint8Array(bytes)),
      SyntaxError,
      "is not text",
    );
  });
}

Deno.test("parseEnvFile() reads many line breaks quickly", async () => {
  const few = await shortestParse("\n".repeat(8 * 1024));
  const many = await shortestParse("\n".repeat(64 * 1024));
  // Eight times as long if it is linear, 64 times if it is quadratic.
  assertEquals(many < 24 * few, true, `${few} ms, ${many} ms`);
});

Deno.test("splitEnvFile() separates the lines that set chosen variables", () => {
  const apart = [
    "\ufeffKEY=1",
    "  export\tKEY = 2\r",
    "KEY=",
  ];
  const others = [
    "# KEY=3",
    "OTHER=$KEY",
    "KEYS=4",
    "",
  ];
  const text = [...apart, ...others].join("\n");
  assertEquals(splitEnvFile(text, (it) => it === "KEY"), {
    apart: apart.join("\n"),
    others: others.join("\n"),
  });
});

async function shortestParse(text: string): Promise<number> {
  const times: number[] = [];
  for (let time = 0; time < 5; time++) {
    const startedAt = performance.now();
    await parseEnvFile(bytesOf(text));
    times.push(performance.now() - startedAt);
  }
  return Math.min(...times);
}

function* wordsOf(
  letters: readonly string[],
  length: number,
): Generator<string> {
  yield "";
  if (length === 0) return;
  for (const word of wordsOf(letters, length - 1)) {
    for (const letter of letters) yield word + letter;
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
