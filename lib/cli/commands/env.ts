import type { AccountManager } from "../../accounts/account_manager.ts";
import { chosenAgent } from "../../agents/registry.ts";
import type { KeyOfRun } from "../../agents/formats.ts";
import { keyVariables } from "../../agents/api_key.ts";
import { AGENT_HOME_VARIABLES } from "../../process/run_variables.ts";
import { findAgentVersion } from "../../run/agent_version.ts";
import { prepareStore } from "../../run/home_of_run.ts";
import { runtime } from "../../system/mod.ts";
import { type Notify, realSystem } from "../../system/system.ts";
import { defineCommand } from "../line/command.ts";
import {
  detectShell,
  formatShellEnv,
  isVariableName,
  SHELLS,
} from "../shim/shell_env.ts";
import { loadSettings } from "../settings/settings.ts";
import { writeLine } from "../screen/streams.ts";
import { agentInvocation } from "../../program.ts";

const AGENT = chosenAgent();

const GIVES = AGENT.homes.login ? "the key or the login" : "the key";

/** `account-qwen env [N]`. */
export const env = defineCommand({
  name: "env",
  group: "run",
  summary:
    `Print shell code that gives plain ${AGENT.program} ${GIVES} of an account`,
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
    `  In fish:        ${agentInvocation()} env 4 | source`,
    `  In PowerShell:  ${agentInvocation()} env 4 --shell powershell | Invoke-Expression`,
    "",
    "Without --shell, the code is for your login shell, which SHELL names. " +
    `${AGENT.keys.caveat}. None of this applies to ${agentInvocation()} exec.`,
  ],
  examples: [
    `eval "$(${agentInvocation()} env 4)"`,
    `eval "$(${agentInvocation()} env --shell sh 4)"`,
    `eval "$(${agentInvocation()} env --unset 4)"`,
  ],
  async run({ findIfGiven, args: [word], flags, accounts, notify }) {
    const environment = runtime.host.environment();
    const shell = flags.shell ?? detectShell(environment);
    const index = await findIfGiven(word);
    const { remark, ...changes } = flags.unset
      ? { unset: namesToUnset(), remark: undefined }
      : await changesForLogin(accounts, { index, environment, notify }) ??
        changesFor(await accounts.readKey(index), environment);
    if (remark) notify(remark);
    // Written unchanged: control characters are quoted for the shell.
    await writeLine("stdout", formatShellEnv(shell, changes));
  },
});

/** Returns the variables that the output may have set for any account. */
function namesToUnset(): string[] {
  const { homes, keys: { names, withoutUs } } = AGENT;
  const ofKey = [...Object.values(names), ...withoutUs?.names ?? []];
  if (!homes.login) return ofKey;
  const ofLogin = ["0", undefined].flatMap((version) =>
    Object.keys(homes.login?.variables("", version) ?? {})
  );
  const ofRuns = Object.values(AGENT_HOME_VARIABLES);
  return [...new Set([...ofKey, ...ofLogin, ...ofRuns])];
}

/** Returns `undefined` for an account without a folder for its login. */
async function changesForLogin(
  accounts: AccountManager,
  { index, environment, notify }: {
    index: number | undefined;
    environment: Readonly<Record<string, string>>;
    notify: Notify;
  },
) {
  const { homes: { login }, program } = AGENT;
  const store = login && await accounts.findStore(index);
  if (!login || store === undefined) return undefined;
  const { settings: { bin } } = await loadSettings({ dir: accounts.dir });
  const { variables: set } = await prepareStore(store, {
    layout: accounts.layout,
    version: await findAgentVersion(bin),
    notify,
    system: realSystem,
  });
  const unset = login.conflicting.filter((it) => it in environment);
  const remark = Object.keys(set).length > 0
    ? undefined
    : `plain ${program} uses this login already: it needs no variable`;
  return { set, unset: unset.sort(), remark };
}

function changesFor(
  key: KeyOfRun,
  environment: Readonly<Record<string, string>>,
) {
  const { names, withoutUs } = AGENT.keys;
  const passed = withoutUs?.pass(key);
  const set = passed?.variables ?? keyVariables(key, names);
  const unset = Object.keys(environment)
    .filter((it) =>
      !(it in set) && AGENT.keys.conflicts(it) && isVariableName(it)
    ).sort();
  return { set, unset, remark: passed?.remark };
}
