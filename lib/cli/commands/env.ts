import type { KeyOfRun } from "../../agents/formats.ts";
import { keyVariables } from "../../agents/api_key.ts";
import { DEFAULT_AGENT } from "../../agents/registry.ts";
import { runtime } from "../../system/mod.ts";
import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit_code.ts";
import {
  detectShell,
  formatShellEnv,
  isVariableName,
  SHELLS,
} from "../shim/shell_env.ts";
import { writeLine } from "../screen/streams.ts";
import { program } from "../../program.ts";

/** `account-qwen env [N]`. */
export const env = defineCommand({
  name: "env",
  group: "run",
  summary: "Print shell code that gives plain qwen the key of an account",
  usage: "[account]",
  args: { least: 0, most: 1 },
  offers: ["accounts"],
  flags: {
    unset: {
      type: "boolean",
      summary: "Print shell code that unsets the variables",
    },
    shell: {
      type: "choice",
      words: SHELLS,
      value: "NAME",
      summary: `Write for ${SHELLS.join(", ")} (default: your shell)`,
    },
  },
  notes: [
    `  In fish:        ${program()} env 4 | source`,
    `  In PowerShell:  ${program()} env 4 --shell powershell | Invoke-Expression`,
    "",
    "Without --shell, the code is for your login shell, which SHELL names. If the settings of " +
    "qwen select another type of login, run qwen --auth-type=openai. If they " +
    "have modelProviders or a model.name, plain qwen may use those instead; " +
    `${program()} exec does not.`,
  ],
  examples: [
    `eval "$(${program()} env 4)"`,
    `eval "$(${program()} env --shell sh --unset 4)"`,
  ],
  async run({ findAccount, args: [word], flags, accounts }) {
    const environment = runtime.host.environment();
    const shell = flags.shell ?? detectShell(environment);
    const index = word === undefined ? undefined : await findAccount(word);
    const changes = flags.unset
      ? { unset: Object.values(DEFAULT_AGENT.keys.names) }
      : changesFor(await accounts.readKey(index), environment);
    // Written unchanged: control characters are quoted for the shell.
    await writeLine("stdout", formatShellEnv(shell, changes));
    return EXIT.done;
  },
});

function changesFor(
  key: KeyOfRun,
  environment: Readonly<Record<string, string>>,
) {
  const set = keyVariables(key, DEFAULT_AGENT.keys.names);
  const unset = Object.keys(environment)
    .filter((it) =>
      !(it in set) && DEFAULT_AGENT.keys.conflicts(it) && isVariableName(it)
    ).sort();
  return { set, unset };
}
