import { assertEquals } from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import { accountQwen, runCli } from "../support/cli.ts";
import { denoEnv } from "../support/deno_env.ts";
import type { Typist } from "../support/typist.ts";
import { installPrograms } from "./commands/account_qwen.ts";
import { credential, type FixedHome, fixedHome } from "./commands/folder.ts";

/** A label with every character that has a meaning for some shell. */
export const HOSTILE = `it's "mine": $(touch pwned) \`x\` \\ [1] %d a  b`;

/** A label whose letters have several bytes, and are two columns wide. */
export const WIDE = "仕事用 鍵";

const FLAGS = ["--cli", "--dir", "--help", "--version"];
const STRATEGIES = [
  "fill-first",
  "least-recently-used",
  "round-robin",
  "spread",
  "sticky",
  "weighted",
];

/** What a shell offers for the last word of a command line. */
export const LINES: Readonly<Record<string, readonly string[]>> = {
  "account-qwen sw": ["switch"],
  "account-qwen --sw": ["--switch", "--switch-next"],
  "account-qwen switch ": ["1", "work", "2", HOSTILE, "10", WIDE],
  "account-qwen switch it": [HOSTILE],
  "account-qwen switch 仕": [WIDE],
  "account-qwen --cli codex switch ": ["1", "plus"],
  "account-qwen switch --cli=codex p": ["plus"],
  "account-qwen list --": ["--all", "--json", "--schema", ...FLAGS],
  "account-qwen exec --account=w": ["work"],
  "account-qwen exec --account 2 --strategy ": STRATEGIES,
  "account-qwen exec --strategy=ro": ["round-robin"],
  "account-qwen setup log": ["login one.json", "login two.json"],
  "account-qwen setup 'login one.json' login\\ t": ["login two.json"],
  "account-qwen add --oauth-file log": ["login one.json", "login two.json"],
  "account-qwen exec -- log": ["login one.json", "login two.json"],
  "account-qwen --dir fol": ["folder"],
};

/** A home for completing command lines. */
export interface CompletionHome extends AsyncDisposable {
  /** The folder, which is `HOME` and the working folder. */
  path: string;
  /** The environment, with `account-qwen` on the `PATH`. */
  env: Record<string, string>;
  /** The file with the completion for `shell`. */
  script: string;
}

/** Makes a home with the accounts 1, 2 and 10, and one of codex. */
export async function labelledHome(): Promise<FixedHome> {
  const home = await fixedHome();
  const slot = `${home.dir}/accounts/oauth_creds_2.json`;
  await Deno.writeTextFile(slot, credential("two", Date.UTC(2027, 0)));
  const accounts = new AccountManager({ dir: home.dir });
  await accounts.setLabel(1, "work");
  await accounts.setLabel(2, HOSTILE);
  await accounts.setLabel(10, WIDE);
  await runCli(
    [
      "--cli=codex",
      "add",
      "--preset=openai",
      "--api-key-stdin",
      "--label=plus",
    ],
    {
      home: home.path,
      stdin: "sk-0123456789abcdef",
      command: accountQwen(), // the agent is one of a whole process
    },
  );
  return home;
}

/** Adds some files and the completion for `shell` to such a home. */
export async function completionHome(shell: string): Promise<CompletionHome> {
  const home = await labelledHome();
  for (const name of ["login one.json", "login two.json"]) {
    await Deno.writeTextFile(`${home.path}/${name}`, "");
  }
  await Deno.mkdir(`${home.path}/folder`);
  const { stdout } = await runCli(["completion", shell], { home: home.path });
  const script = `${home.path}/completion`;
  await Deno.writeTextFile(script, stdout);
  const PATH = await installPrograms(home.path);
  // In another locale, bash quotes the bytes of a letter one by one.
  const env = { PATH, LC_ALL: "C.UTF-8", ...await denoEnv() };
  return { ...home, env, script };
}

/** The same completions in any order and form. */
export function normal(words: readonly string[]): string[] {
  return words.map((it) => it.replace(/^--[^=]+=/, "").replace(/[/ ]+$/, ""))
    .map((it) => it.replaceAll("\\", ""))
    .toSorted();
}

/** The completions for each line, one a line with a NUL after the last. */
export function offeredIn(told: string): string[][] {
  return told.split("\0").slice(0, -1).map((it) =>
    it.split("\n").filter((it) => it !== "")
  );
}

/** Types lines in a shell, which prints the words that it ran, and ends it. */
export async function assertTyped(typist: Typist): Promise<void> {
  for (const [keys, words] of Object.entries(TYPED)) {
    await typist.answer("ready> ", keys);
    await typist.answer(`ran ${words}`, "");
  }
  await typist.answer("ready> ", "exit\r");
  assertEquals(await typist.end(), 0);
}

const TYPED = {
  "account-qwen swi\t2\t\r": "[switch][2]",
  "account-qwen --cli codex switch p\t\r": "[--cli][codex][switch][plus]",
  "account-qwen switch it\t\r": `[switch][${HOSTILE}]`,
  "account-qwen switch it\\'s\\ \t\r": `[switch][${HOSTILE}]`,
  "account-qwen switch 仕\t\r": `[switch][${WIDE}]`,
  "account-qwen prefer 1 '仕\t\r": `[prefer][1][${WIDE}]`,
  "account-qwen switch 'wo\t\r": "[switch][work]",
  "account-qwen exec --account=wo\t\r": "[exec][--account=work]",
  "account-qwen exec --strategy=fil\t\r": "[exec][--strategy=fill-first]",
  "account-qwen setup login\\ o\t\r": "[setup][login one.json]",
  "account-qwen exec -- x 'login t\t\r": "[exec][--][x][login two.json]",
};
