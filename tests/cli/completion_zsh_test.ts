import { assertEquals } from "@std/assert";
import { SCRIPTS } from "../../lib/cli/complete/scripts.ts";
import { namesIn } from "../support/account_folder.ts";
import { assertGolden } from "../support/golden.ts";
import { Typist } from "../support/typist.ts";
import {
  assertTyped,
  type CompletionHome,
  completionHome,
  HOSTILE,
  LINES,
  normal,
  offeredIn,
  WIDE,
} from "./completion_lines.ts";
import { testWith } from "../support/needs.ts";

const test = await testWith("zsh", "script");

Deno.test("the completion script is completion/_account-qwen", async () => {
  await assertGolden("completion/_account-qwen", SCRIPTS.zsh?.() ?? "");
});

// Prints the arguments of compadd(1), which are all that the shell would offer.
const CAPTURE = `
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then
    builtin compadd "$@"; return
  fi
  local -a captured display; local -i at=\${@[(I)-d]} i
  if (( at )); then local name=\${@[at+1]}; display=("\${(@P)name}"); fi
  builtin compadd -A captured -D display "$@"
  for (( i = 1; i <= $#captured; i++ )); do
    print -r -- "$captured[i]"$'\\t'"$display[i]" >>$offered
  done
  builtin compadd "$@"
}
capture() {
  _main_complete
  compstate[insert]= compstate[list]=
  print -rn -- $'\\0' >>$offered
  print -r -- "done> "
}
zle -C capture complete-word capture
bindkey '^I' capture
`;

test("zsh offers the right completions", async (t) => {
  await using home = await completionHome("zsh");
  const found = await complete(home, Object.keys(LINES));
  for (const [at, [line, words]] of Object.entries(LINES).entries()) {
    await t.step(line, () => {
      const offered = found[at]?.map((it) => it.split("\t")[0] ?? "") ?? [];
      assertEquals(normal([...new Set(offered)]), normal(words));
    });
  }
});

test("zsh shows the accounts with their labels, in their order", async () => {
  await using home = await completionHome("zsh");
  const [all] = await complete(home, ["account-qwen switch "]);
  const labels = [
    "1  (work)",
    "work  (account 1)",
    `2  (${HOSTILE})`,
    `${HOSTILE}  (account 2)`,
    `10  (${WIDE})`,
    `${WIDE}  (account 10)`,
  ];
  assertEquals(all?.map((it) => it.split("\t")[1]), labels);
  assertEquals((await namesIn(home.path)).includes("pwned"), false);
});

test("zsh completes what is typed", async () => {
  await using home = await completionHome("zsh");
  await using typist = await start(
    home,
    `account-qwen() {
  if [[ $1 == completion ]]; then command account-qwen "$@"
  else print -rn 'ran '; printf '[%s]' "$@"; echo; fi
}`,
  );
  await assertTyped(typist);
});

test("the script for zsh can be loaded from a folder of the fpath", async () => {
  await using home = await completionHome("zsh");
  const folder = `${home.path}/functions`;
  await Deno.mkdir(folder);
  await Deno.rename(home.script, `${folder}/_account-qwen`);
  const script = `fpath=('${folder}' $fpath)`;
  await using typist = await start({ ...home, script }, CAPTURE);
  await typist.answer("ready> ", "account-qwen swit\t");
  await typist.answer("done> ", "");
  const offered = await Deno.readTextFile(`${home.path}/offered`);
  assertEquals(offered.split("\t")[0], "switch");
});

async function complete(
  home: CompletionHome,
  lines: readonly string[],
): Promise<string[][]> {
  await using typist = await start(home, CAPTURE);
  let question = "ready> ";
  for (const line of lines) {
    await typist.answer(question, `\x15${line}\t`);
    question = "done> ";
  }
  await typist.answer(question, "");
  const offered = await Deno.readTextFile(`${home.path}/offered`);
  return offeredIn(offered);
}

/** `script` is a file to source, or a line to run before `compinit`. */
async function start(
  { path, env: shellEnv, script }: CompletionHome,
  more: string,
): Promise<Typist> {
  const [before, after] = script.startsWith("/")
    ? ["", `source '${script}'`]
    : [script, ""];
  const rc = `offered='${path}/offered'
PROMPT='ready> '
unset zle_bracketed_paste
${before}
autoload -Uz compinit
compinit -D -u
${after}
${more}
`;
  await Deno.writeTextFile(`${path}/.zshrc`, rc);
  return await Typist.startLine("zsh -d -i", { home: path, env: shellEnv });
}
