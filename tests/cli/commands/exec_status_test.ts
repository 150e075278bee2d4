import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { displayWidth } from "../../../lib/cli/screen/wrap.ts";
import { AccountManager } from "../../../lib/mod.ts";
import { accountQwen } from "../../support/cli.ts";
import { runOnTerminal } from "../../support/cli_process.ts";
import { exec } from "../../support/fake_exec.ts";
import {
  answers,
  FAKE_QWEN,
  type FakeHome,
  fakeHome,
  OUT_OF_QUOTA,
} from "../../support/fake_qwen.ts";
import { testWith } from "../../support/needs.ts";
import { screenAfter, statusLines } from "../../support/screen.ts";
import { Typist } from "../../support/typist.ts";

const test = await testWith("script");

const LABELS = ["office", "仕事用のアカウント"];

/** Account 1 is out of quota; account 2 answers after a note on stderr. */
async function twoAccounts(): Promise<FakeHome> {
  const home = await fakeHome({
    1: OUT_OF_QUOTA,
    2: `echo "a note" >&2; ${answers("Paris")}`,
  });
  const accounts = new AccountManager({ dir: home.dir });
  for (const [at, label] of LABELS.entries()) {
    await accounts.setLabel(at + 1, label);
  }
  return home;
}

const ARGS = ["exec", "--bin", FAKE_QWEN, "--", "hello"];

test("exec shows the account that is running, and clears that from the terminal", async () => {
  await using home = await twoAccounts();
  const { code, stdout } = await runOnTerminal(ARGS, { home: home.path });
  const shown = statusLines(stdout).join("\n");
  assertStringIncludes(shown, "running with office");
  assertStringIncludes(shown, "switching to 仕事用のアカウント");
  const screen = screenAfter(stdout).split("\n");
  assertStringIncludes(screen.shift() ?? "", "office (account 1) is out");
  assertEquals({ code, screen }, { code: 0, screen: ["a note", "Paris"] });
});

test("the status line of exec never wraps", async () => {
  await using home = await twoAccounts();
  const size = { columns: 30, rows: 10 };
  const { stdout } = await runOnTerminal(ARGS, { home: home.path, size });
  const widths = statusLines(stdout).map(displayWidth);
  assert(widths.length >= 2, stdout);
  assertEquals(widths.filter((it) => it > size.columns - 3), []);
});

const SILENT: Record<string, { args?: string[]; env?: { TERM: string } }> = {
  "it is quiet": { args: ["--quiet"] },
  "the terminal is dumb": { env: { TERM: "dumb" } },
};

for (
  const [when, { args = [], env = { TERM: "xterm" } }] of Object.entries(SILENT)
) {
  test(`exec shows no status line when ${when}`, async () => {
    await using home = await twoAccounts();
    const all = ["exec", ...args, ...ARGS.slice(1)];
    const { stdout } = await runOnTerminal(all, { home: home.path, env });
    assertEquals(stdout.includes("\x1b["), false, stdout);
    assert(stdout.endsWith("a note\r\nParis"), stdout);
    assertEquals(stdout.includes("out of quota"), args.length === 0);
  });
}

Deno.test("exec shows no status line when stderr is not a terminal", async () => {
  await using home = await twoAccounts();
  const env = { TERM: "xterm" };
  const { stdout, stderr } = await exec(home, ["--", "hello"], { env });
  assertEquals(stdout, "Paris");
  assertEquals(stderr.includes("\x1b["), false, stderr);
});

test("exec shows no status line in a session", async () => {
  await using home = await fakeHome({ 1: "sleep 2" });
  const args = ["exec", "--bin", FAKE_QWEN];
  const { stdout } = await runOnTerminal(args, { home: home.path });
  assertEquals(stdout, "");
});

test("exec clears the status line when Ctrl-C ends a wait", async () => {
  await using home = await fakeHome({ 1: answers("no") });
  await new AccountManager({ dir: home.dir }).setCooldown(1, 60_000);
  const args = ["exec", "--bin", FAKE_QWEN, "--wait", "--", "hello"];
  await using typist = await Typist.start(args, { home: home.path });
  await typist.answer("waiting for account 1", "\x03");
  assertEquals(await typist.end(), 130);
  assertEquals(screenAfter(typist.seen), "");
});

const PROMPT = "at your service> ";

test("exec clears the status line when Ctrl-Z stops it or it continues in the background", async () => {
  await using home = await fakeHome({
    1: 'while [ ! -e "$HOME/end" ]; do sleep 0.1; done; printf Paris',
  });
  await using typist = await Typist.startLine("bash --norc --noprofile -i", {
    home: home.path,
    env: { PS1: PROMPT },
  });
  const line = [...accountQwen(), ...ARGS].map((it) => `'${it}'`).join(" ");
  await typist.answer(PROMPT, `${line}\n`);
  await typist.answer("1 s, running with account 1", "\x1a");
  await typist.answer(PROMPT, "bg\n");
  const stopped = typist.seen;
  await Deno.writeTextFile(`${home.path}/end`, "");
  await typist.answer("Paris", "\n");
  await typist.answer(PROMPT, "exit\n");
  await typist.end();
  assertEquals(screenAfter(stopped).includes("running with"), false, stopped);
  const later = typist.seen.slice(stopped.length);
  assertEquals(statusLines(later), []);
});
