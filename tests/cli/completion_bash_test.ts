import { assertEquals } from "@std/assert";
import { SCRIPTS } from "../../lib/cli/complete/scripts.ts";
import { run } from "../support/cli.ts";
import { assertGolden } from "../support/golden.ts";
import { namesIn } from "../support/account_folder.ts";
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

const test = await testWith("bash", "script");

Deno.test("the completion script is completion/account-qwen.bash", async () => {
  await assertGolden("completion/account-qwen.bash", SCRIPTS.bash?.() ?? "");
});

// readline passes a line as words, separated according to COMP_WORDBREAKS. The
// test for each key below types the real line.
const COMPLETE = `
source "$1"
compopt() { [[ $2 == default ]] && plain=-f || plain=-d; }
complete_line() {
  local words plain=
  eval "words=($1)"
  [[ $1 == *" " ]] && words+=("")
  COMP_TYPE=\${TYPE:-37} COMP_WORDS=() COMPREPLY=()
  local word
  for word in "\${words[@]}"; do
    case $word in
      --*=*) COMP_WORDS+=("\${word%%=*}" = "\${word#*=}") ;;
      *) COMP_WORDS+=("$word") ;;
    esac
  done
  COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
  _account-qwen
  if [[ $plain ]]; then
    mapfile -t COMPREPLY < <(compgen $plain -- "\${COMP_WORDS[COMP_CWORD]}")
  fi
  printf '%s\\n' "\${COMPREPLY[@]}"
  printf '\\0'
}
shift
for line; do complete_line "$line"; done
`;

test("bash offers the right completions", async (t) => {
  await using home = await completionHome("bash");
  const found = await complete(home, Object.keys(LINES));
  for (const [at, [line, words]] of Object.entries(LINES).entries()) {
    await t.step(line, () => {
      assertEquals(normal(found[at] ?? []), normal(words));
    });
  }
});

test("bash shows the accounts with their labels while there are several", async () => {
  await using home = await completionHome("bash");
  const lines = ["account-qwen switch ", "account-qwen switch 2"];
  const [all, one] = await complete(home, lines, { TYPE: "63" });
  assertEquals(all?.map((it) => it.replaceAll("\\", "")), [
    "1  (work)",
    "work  (account 1)",
    `2  (${HOSTILE})`.replaceAll("\\", ""),
    `${HOSTILE}  (account 2)`.replaceAll("\\", ""),
    `10  (${WIDE})`,
    `${WIDE}  (account 10)`,
  ]);
  assertEquals(one, ["2"]);
  assertEquals((await namesIn(home.path)).includes("pwned"), false);
});

test("bash completes what is typed", async () => {
  await using home = await completionHome("bash");
  const rc = `${home.path}/rc`;
  await Deno.writeTextFile(
    rc,
    `PS1='ready> '
bind 'set enable-bracketed-paste off'
source '${home.script}'
account-qwen() {
  if [[ $1 == completion ]]; then command account-qwen "$@"
  else printf 'ran '; printf '[%s]' "$@"; echo; fi
}
`,
  );
  const line = `bash --noprofile --rcfile ${rc} -i`;
  await using typist = await Typist.startLine(line, {
    home: home.path,
    env: home.env,
  });
  await assertTyped(typist);
});

async function complete(
  { path, env, script }: CompletionHome,
  lines: readonly string[],
  more: Record<string, string> = {},
): Promise<string[][]> {
  const { code, stdout, stderr } = await run(
    "bash",
    ["--norc", "-c", COMPLETE, "bash", script, ...lines],
    { home: path, env: { ...env, ...more } },
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return offeredIn(stdout);
}
