/**
 * What help and hints say with an agent that is not the default one.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { COMMAND_INDEX } from "../../lib/cli/line/command_index.ts";
import { accountQwen, runCli, type RunResult } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";

/** Commands that do the same for every agent. */
const OF_ALL = ["completion", "upgrade"];

const NAMES = COMMAND_INDEX.map((it) => it.name)
  .filter((it) => !OF_ALL.includes(it));

/** What only the default agent has. */
const FOREIGN = /oauth_creds|credential file/g;

for (const agent of ["codex", "claude"]) {
  Deno.test(`each example in the manual of ${agent} can be pasted`, async () => {
    const text = await manualOf(agent);
    const calls = text.matchAll(/account-qwen (--cli \w+ )?(\w+)/g);
    const wrong = Array.from(calls)
      .filter(([, flag = "", name = ""]) =>
        NAMES.includes(name) && flag !== `--cli ${agent} `
      ).map(([call]) => call);
    assertEquals(wrong, []);
    assertMatch(text, new RegExp(`account-qwen --cli ${agent} exec -- `));
  });

  Deno.test(`the manual of ${agent} names nothing that its accounts lack`, async () => {
    const text = await manualOf(agent);
    assertEquals(text.match(FOREIGN) ?? [], []);
    assert(text.includes(`Not for ${agent}, which keeps its logins itself`));
    assert(text.includes("--plain-login"));
    assertEquals(text.includes("--token"), agent === "claude");
  });

  Deno.test(`hints of ${agent} can be pasted`, async () => {
    await using home = await tempDir();
    const run = (args: readonly string[], stdin?: string) =>
      call(["--cli", agent, ...args], { home: home.path, stdin });
    const mistyped = await run(["statsu"]);
    assertMatch(
      mistyped.stderr,
      new RegExp(`hint: account-qwen --cli ${agent} status`),
    );
    const refresh = await run(["refresh"]);
    assertMatch(refresh.stderr, new RegExp(`--cli ${agent} login\n`));
    const { stdout: refreshing } = await run(["help", "refresh"]);
    assert(!/account-qwen.* refresh (?:--|\d)/.test(refreshing), refreshing);
    assertMatch(refreshing, new RegExp(`account-qwen --cli ${agent} login\n$`));
    const nothing = await run(["add"]);
    const [, hint = ""] = /for example: cat key.txt \| account-qwen (.*)/
      .exec(nothing.stderr) ?? [];
    const added = await call(hint.split(" "), {
      home: home.path,
      stdin: "sk-ant-0123456789",
    });
    assertEquals(added.code, 0, added.stderr);
    const removed = await run(["remove", "1"]);
    const [, undo = ""] = /to undo this: account-qwen (.*)/
      .exec(removed.stdout) ?? [];
    const restored = await call(undo.split(" "), { home: home.path });
    assertEquals(restored.code, 0, restored.stderr);
  });
}

function call(
  args: readonly string[],
  { home, stdin }: { home: string; stdin?: string | undefined },
): Promise<RunResult> {
  const options = stdin === undefined ? {} : { stdin };
  return runCli(args, { home, command: accountQwen(), ...options });
}

/** Returns the manual of the agent without headings and the escapes of roff. */
async function manualOf(agent: string): Promise<string> {
  await using home = await tempDir();
  const { code, stdout, stderr } = await call(["--cli", agent, "man"], {
    home: home.path,
  });
  assertEquals(code, 0, stderr);
  return stdout.replace(/^\.(?:SS|TH).*$/gm, "").replaceAll("\\-", "-")
    .replace(/\n(?=\w)/g, " ");
}
