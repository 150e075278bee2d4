import { assertEquals } from "@std/assert";
import { displayWidth, formatMessage } from "../../lib/cli/screen/wrap.ts";
import { FAKE_QWEN, fakeHome, OUT_OF_QUOTA } from "../support/fake_qwen.ts";
import { runCli } from "../support/cli.ts";
import { runOnTerminal } from "../support/cli_process.ts";
import { testWith } from "../support/needs.ts";

const FIRST = "account-qwen: error: ";

const RESUME =
  "account-qwen exec -- --resume fd3e7d1d-a032-4bba-90c1-91c076cde975";

const MESSAGES: Record<string, [text: string, lines: string[]]> = {
  "short": ["No answer", ["account-qwen: error: No answer"]],
  "long": [
    "No account is ready: work (account 1) is out of quota, home is too",
    [
      "account-qwen: error: No account is ready: work (account 1)",
      "  is out of quota, home is too",
    ],
  ],
  "in double-width letters": [
    "仕事用アカウント 仕事用アカウント 仕事用アカウント",
    [
      "account-qwen: error: 仕事用アカウント 仕事用アカウント",
      "  仕事用アカウント",
    ],
  ],
  "with a command": [
    `to continue with your accounts: ${RESUME}`,
    ["account-qwen: error: to continue with your accounts:", `  ${RESUME}`],
  ],
  "with two commands": [
    "account-qwen add --replace 'at home', or (account-qwen login 2)",
    [
      "account-qwen: error: account-qwen add --replace 'at home',",
      "  or (account-qwen login 2)",
    ],
  ],
};

for (const [name, [text, lines]] of Object.entries(MESSAGES)) {
  Deno.test(`a message that is ${name} is wrapped on a terminal of 60 columns`, () => {
    assertEquals(formatMessage(text, 60, FIRST), lines);
    assertEquals(formatMessage(text, undefined, FIRST), [FIRST + text]);
  });
}

const test = await testWith("script");

const PLAYS = { 1: OUT_OF_QUOTA, 2: OUT_OF_QUOTA, 3: OUT_OF_QUOTA };
const ARGS = ["exec", "--bin", FAKE_QWEN, "--", "hello"];

test("exec breaks its messages between words on a terminal", async () => {
  await using home = await fakeHome(PLAYS);
  const { stdout } = await runOnTerminal(ARGS, {
    home: home.path,
    size: { columns: 70, rows: 20 },
    env: { NO_COLOR: "1", TERM: "dumb" },
  });
  const codes = new RegExp("\x1b\\[\\d*[GJK]", "g"); // from Deno itself
  const seen = stdout.replaceAll(codes, "");
  const lines = seen.trimEnd().split("\r\n");
  assertEquals(lines.filter((it) => displayWidth(it) > 70), []);
  const text = lines.join(" ").replaceAll(/ +/g, " ");
  const named = /No account is ready: account 1 .*, account 3 is out of quota/;
  assertEquals(named.test(text), true, stdout);
});

test("exec writes each message as one line when stderr is not a terminal", async () => {
  await using home = await fakeHome(PLAYS);
  const { stderr } = await runCli(ARGS, { home: home.path });
  const others = stderr.trimEnd().split("\n")
    .filter((it) => !it.startsWith("account-qwen: "));
  assertEquals(others, []);
});
