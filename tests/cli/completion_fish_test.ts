import { assertEquals } from "@std/assert";
import { SCRIPTS } from "../../lib/cli/complete/scripts.ts";
import { namesIn } from "../support/account_folder.ts";
import { run } from "../support/cli.ts";
import { assertGolden } from "../support/golden.ts";
import {
  type CompletionHome,
  completionHome,
  HOSTILE,
  LINES,
  normal,
  offeredIn,
  WIDE,
} from "./completion_lines.ts";
import { testWith } from "../support/needs.ts";

const test = await testWith("fish");

Deno.test("the completion script is completion/account-qwen.fish", async () => {
  await assertGolden("completion/account-qwen.fish", SCRIPTS.fish?.() ?? "");
});

const COMPLETE = `
source $argv[1]
for line in $argv[2..-1]
    complete -C $line
    printf '\\0'
end
`;

test("fish offers the right completions", async (t) => {
  await using home = await completionHome("fish");
  const found = await complete(home, Object.keys(LINES));
  for (const [at, [line, words]] of Object.entries(LINES).entries()) {
    await t.step(line, () => {
      const offered = found[at]?.map((it) => it.split("\t")[0] ?? "") ?? [];
      assertEquals(normal(offered), normal(words));
    });
  }
});

test("fish shows the accounts with their labels, in their order", async () => {
  await using home = await completionHome("fish");
  const [all] = await complete(home, ["account-qwen switch "]);
  assertEquals(all, [
    "1\twork",
    "work\taccount 1",
    `2\t${HOSTILE}`,
    `${HOSTILE}\taccount 2`,
    `10\t${WIDE}`,
    `${WIDE}\taccount 10`,
  ]);
  assertEquals((await namesIn(home.path)).includes("pwned"), false);
});

// fish 4 has this feature on.
test("fish offers completions when a question mark is not a wildcard", async () => {
  await using home = await completionHome("fish");
  const options = ["--features=qmark-noglob"];
  const found = await complete(
    home,
    ["account-qwen sw", "account-qwen switch nobody"],
    options,
  );
  const words = found.map((it) => it.map((word) => word.split("\t")[0]));
  assertEquals(words, [["switch"], []]);
});

async function complete(
  { path, env: shellEnv, script }: CompletionHome,
  lines: readonly string[],
  options: readonly string[] = [],
): Promise<string[][]> {
  const { code, stdout, stderr } = await run(
    "fish",
    ["--no-config", ...options, "-c", COMPLETE, script, ...lines],
    { home: path, env: shellEnv },
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return offeredIn(stdout);
}
