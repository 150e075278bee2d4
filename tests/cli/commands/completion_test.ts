import { assertEquals } from "@std/assert";
import { AccountManager } from "../../../lib/mod.ts";
import { accountQwen, runCli } from "../../support/cli.ts";
import { HOSTILE, labelledHome, WIDE } from "../completion_lines.ts";
import { fixedHome } from "./folder.ts";

Deno.test("completion --line offers no label that the scripts take for an instruction", async () => {
  await using home = await fixedHome();
  const accounts = new AccountManager({ dir: home.dir });
  await accounts.setLabel(1, ":files");
  await accounts.setLabel(10, "a:files");
  const { code, stdout } = await runCli(
    ["completion", "--line", "--", "switch", ""],
    { home: home.path },
  );
  assertEquals(code, 0);
  const words = stdout.trimEnd().split("\n").map((it) => it.split("\t")[0]);
  assertEquals(words, ["1", "2", "10", "a:files"]);
});

const OFFERED: Readonly<Record<string, readonly string[]>> = {
  "re": ["refresh", "remove", "restore"],
  "switch wo": ["work"],
  "switch 1": ["1", "10"],
  "--switch ": ["1", "work", "2", HOSTILE, "10", WIDE],
  "--dir /x switch 2": ["2"],
  "--cli qwen switch 2": ["2"],
  "--cli q": ["qwen"],
  "exec --cli codex --account pl": ["plus"],
  "--dir /x --list --j": ["--json"],
  "exec --acc": ["--account"],
  "exec --account ": ["1", "work", "2", HOSTILE, "10", WIDE],
  "exec --wait --backoff-": [
    "--backoff-attempts",
    "--backoff-base",
    "--backoff-cap",
  ],
  "exec --wait 5m --backoff-c": ["--backoff-cap"],
  "cooldown ": ["clear", "list", "set"],
  "cooldown set ": ["1", "work", "2", HOSTILE, "10", WIDE],
  "disable wo": ["work"],
  "prefer 仕": [WIDE],
  "log --account it": [HOSTILE],
  "config set max_cooldown_q": ["max_cooldown_quota"],
  "status --sh": ["--short"],
  "completion ": ["bash", "fish", "zsh"],
  "shim ": ["install", "remove", "status"],
};

Deno.test("completion --line offers what can follow", async (t) => {
  await using home = await labelledHome();
  for (const [line, expected] of Object.entries(OFFERED)) {
    await t.step(line, async () => {
      const words = line.split(" ");
      const { code, stdout } = await runCli(
        ["completion", "--line", "--", ...words],
        {
          home: home.path,
          // the agent is one of a whole process
          command: line.includes("--cli ") ? accountQwen() : undefined,
        },
      );
      assertEquals(code, 0);
      // The shells leave out what does not begin with what is typed.
      const offered = stdout.trimEnd().split("\n")
        .map((it) => it.split("\t")[0] ?? "")
        .filter((it) => it.startsWith(words.at(-1) ?? ""));
      assertEquals(offered.toSorted(), expected.toSorted());
    });
  }
});
