import type { BegunLogin } from "../../accounts/log_in.ts";
import type { AddLoginResult } from "../../accounts/add_login.ts";
import { nameOf } from "../../account_name.ts";
import type { HomeLoginFormat } from "../../agents/home_login.ts";
import { isAtLeast } from "../../agents/version.ts";
import { AgentError } from "../../errors.ts";
import { RUN_VARIABLE } from "../../process/run_variables.ts";
import { runInForeground } from "../../process/start.ts";
import { invocation } from "../../program.ts";
import { findAgentVersion } from "../../run/agent_version.ts";
import { runtime } from "../../system/mod.ts";
import type { CommandContext, Flags } from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { loadSettings } from "../settings/settings.ts";
import { parseLabel } from "../line/parse_label.ts";
import { cannotRun } from "../line/usage_error.ts";

/**
 * Lets the agent log in, in an empty folder, and adds what it leaves there.
 * Returns the exit code.
 *
 * @throws {AgentError} If the agent is not installed, or cannot log in.
 */
export async function logInWithAgent(
  format: HomeLoginFormat,
  context: CommandContext<Flags> & {
    flags: {
      label: string | undefined;
      "no-browser": boolean;
      bin: string | undefined;
    };
  },
): Promise<number> {
  const { accounts, flags, findAccount, labelOf, notify } = context;
  const { word, passed } = splitArgs(context.args);
  const asked = word === undefined ? undefined : await findAccount(word);
  const label = flags.label === undefined ? undefined : parseLabel(flags.label);
  const { settings } = await loadSettings({
    dir: accounts.dir,
    flags: { bin: flags.bin },
  });
  const { program, product } = accounts.layout.agent;
  const version = await findAgentVersion(settings.bin);
  const { args, since, withoutBrowser } = format.logIn;
  if (since && version !== undefined && !isAtLeast(version, since)) {
    throw new AgentError(
      "failed",
      `Cannot log in with ${program} ${version}: it has no command for that`,
      { hint: product.install.forLogins },
    );
  }
  const begun = await accounts.beginLogin({ index: asked, label });
  const code = await runInForeground(settings.bin, {
    args: [...args, ...flags["no-browser"] ? withoutBrowser : [], ...passed],
    env: environmentOf(format, begun, version),
    // The settings of a project could send the login elsewhere.
    cwd: accounts.layout.home,
  }).catch(async (error) => {
    await accounts.endLogin(begun);
    throw error;
  });
  const result = await accounts.endLogin(begun, { label });
  if (result) return await reportLogin(result, context, asked);
  if (code > 128) {
    notify("the login was canceled; nothing has changed");
    return code;
  }
  const why = code === 0
    ? `${program} has saved no login in its folder`
    : `the login was refused or canceled (${program} exited with ${code})`;
  const state = asked === undefined
    ? "nothing has changed"
    : `${nameOf(asked, await labelOf(asked))} stays as it is`;
  notify(`${why}; ${state}`);
  return EXIT.loginNeeded;
}

/** Reports which account has a new login; returns the exit code. */
export async function reportLogin(
  { index, added, active }: AddLoginResult,
  { labelOf, notify, print }: Pick<
    CommandContext<Flags>,
    "labelOf" | "notify" | "print"
  >,
  asked: number | undefined,
): Promise<number> {
  const name = nameOf(index, await labelOf(index));
  if (asked === undefined && !added) {
    notify(`the login belongs to ${name}, which now uses it`);
  }
  print(`${name} is logged in${active ? " and active" : ""}`);
  if (asked === undefined || asked === index) return EXIT.done;
  const whose = added ? "another user, who is now a new account" : name;
  notify(
    `the login belongs to ${whose}; to log in to ` +
      `${nameOf(asked, await labelOf(asked))}: ${invocation()} login ${asked}`,
  );
  return EXIT.loginNeeded;
}

/**
 * Splits `[account] [-- arguments of the agent]`. An argument of the agent begins
 * with a dash, an account does not.
 */
function splitArgs(
  args: readonly string[],
): { word: string | undefined; passed: readonly string[] } {
  const [first, second] = args;
  if (first === undefined || first.startsWith("-")) {
    return { word: undefined, passed: args };
  }
  if (second !== undefined && !second.startsWith("-")) {
    const problem = "it takes one account, and the arguments of the agent " +
      "after --";
    throw cannotRun("login", problem);
  }
  return { word: first, passed: args.slice(1) };
}

function environmentOf(
  { conflicting, logIn, variables }: HomeLoginFormat,
  { id, folder }: BegunLogin,
  version: string | undefined,
): Record<string, string> {
  const isKept = (name: string) =>
    !conflicting.includes(name) || logIn.reads.includes(name);
  const env = Object.entries(runtime.host.environment())
    .filter(([name]) => isKept(name));
  const own = { ...variables(folder, version), [RUN_VARIABLE]: id };
  return { ...Object.fromEntries(env), ...own };
}
