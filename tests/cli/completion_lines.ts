import { denoDir } from "../../scripts/deno_dir.ts";
import { AccountManager } from "../../lib/rotation/account_manager.ts";
import { runCli } from "../support/cli.ts";
import { installPrograms } from "./commands/account_qwen.ts";
import { credential, fixedHome } from "./commands/folder.ts";

/** A label with whatever has a meaning for one shell or another. */
export const HOSTILE = `it's "mine": $(touch pwned) \`x\` \\ [1] %d a  b`;

const FLAGS = ["--dir", "--help", "--version"];
const STRATEGIES = [
  "fill-first",
  "least-recently-used",
  "round-robin",
  "sticky",
];

/** What is offered for a command line, of which the last word is completed. */
export const LINES: Readonly<Record<string, readonly string[]>> = {
  "account-qwen sw": ["switch"],
  "account-qwen --sw": ["--switch", "--switch-next"],
  "account-qwen re": ["refresh", "remove", "restore"],
  "account-qwen switch ": ["1", "2", "10"],
  "account-qwen switch 1": ["1", "10"],
  "account-qwen --switch ": ["1", "2", "10"],
  "account-qwen --dir /x switch 2": ["2"],
  "account-qwen list --": ["--json", "--schema", ...FLAGS],
  "account-qwen --dir /x --list --j": ["--json"],
  "account-qwen exec --acc": ["--account"],
  "account-qwen exec --account ": ["1", "2", "10"],
  "account-qwen exec --account 2 --strategy ": STRATEGIES,
  "account-qwen exec --strategy=ro": ["round-robin"],
  "account-qwen exec --wait --backoff-": [
    "--backoff-attempts",
    "--backoff-base",
    "--backoff-cap",
  ],
  "account-qwen exec --wait 5m --backoff-c": ["--backoff-cap"],
  "account-qwen cooldown ": ["clear", "list", "set"],
  "account-qwen cooldown set ": ["1", "2", "10"],
  "account-qwen completion ": ["bash", "fish", "zsh"],
  "account-qwen shim ": ["install", "remove", "status"],
  "account-qwen setup log": ["login one.json", "login two.json"],
  "account-qwen setup 'login one.json' login\\ t": ["login two.json"],
  "account-qwen add --oauth-file log": ["login one.json", "login two.json"],
  "account-qwen exec -- log": ["login one.json", "login two.json"],
  "account-qwen --dir fol": ["folder"],
};

/** A home in which command lines are completed. */
export interface CompletionHome extends AsyncDisposable {
  /** The folder, which is `HOME` and the working folder. */
  path: string;
  /** The environment, with `account-qwen` on the `PATH`. */
  env: Record<string, string>;
  /** The file with the completion for `shell`. */
  script: string;
}

/** Makes a home with the accounts 1, 2 and 10, some files, and a completion. */
export async function completionHome(shell: string): Promise<CompletionHome> {
  const home = await fixedHome();
  const slot = `${home.dir}/accounts/oauth_creds_2.json`;
  await Deno.writeTextFile(slot, credential("two", Date.UTC(2027, 0)));
  const accounts = new AccountManager({ dir: home.dir });
  await accounts.setLabel(1, "work");
  await accounts.setLabel(2, HOSTILE);
  for (const name of ["login one.json", "login two.json"]) {
    await Deno.writeTextFile(`${home.path}/${name}`, "");
  }
  await Deno.mkdir(`${home.path}/folder`);
  const { stdout } = await runCli(["completion", shell], { home: home.path });
  const script = `${home.path}/completion`;
  await Deno.writeTextFile(script, stdout);
  const env = {
    PATH: await installPrograms(home.path),
    DENO_DIR: Deno.env.get("DENO_DIR") ?? await denoDir(),
  };
  return { ...home, env, script };
}

/** In whichever order and form a shell has them. */
export function normal(words: readonly string[]): string[] {
  return words.map((it) => it.replace(/^--[^=]+=/, "").replace(/[/ ]+$/, ""))
    .map((it) => it.replaceAll("\\ ", " "))
    .toSorted();
}
