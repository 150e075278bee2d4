import { type Command, loadCommands } from "./line/command.ts";
import { COMMAND_INDEX } from "./line/command_index.ts";
import { EXIT } from "./exit.ts";
import { checkFlagValue } from "./line/flag_value.ts";
import { findCommand, flagValue, parseCommandLine } from "./line/parse.ts";
import { exampleOf, UsageError } from "./line/usage_error.ts";
import { isBrokenPipe, writeLine } from "./screen/streams.ts";
import { VERSION } from "./version.ts";
import { AGENT_SETTING, AGENT_VARIABLE } from "../agents/agent_setting.ts";
import { agentNamed, chooseAgent, DEFAULT_AGENT } from "../agents/registry.ts";
import {
  agentInvocation,
  DEFAULT_PROGRAM,
  setInvocation,
  setProgram,
} from "../program.ts";
import { runtime } from "../system/mod.ts";

/**
 * Runs the command line of this process and ends the process with its exit code.
 *
 * `main.ts` and the package's own entry point, `lib/entry.ts`, both start here.
 */
export async function runMain(): Promise<never> {
  await runtime.host.prepare();
  setProgram(nameOfProgram());
  return runtime.host.exit(await runCommandLine(runtime.host.args));
}

/**
 * Returns the name that the user gave the executable; the name of a runtime
 * does not count.
 */
function nameOfProgram(): string {
  const { host } = runtime;
  const [file = "", ...isScript] = host.command();
  if (isScript.length > 0) return DEFAULT_PROGRAM;
  const called = host.calledAs();
  const name = agentNamed(called)
    ? file.slice(file.lastIndexOf("/") + 1)
    : called;
  return /^[\w.-]+$/.test(name) ? name : DEFAULT_PROGRAM;
}

/**
 * Runs the command line `argv` and returns the exit code. The answer goes to
 * stdout, everything else to stderr. If the program has the name of an
 * agent, it acts as its shim.
 *
 * The code of a command is loaded for that command only: the rest of the
 * program takes longer to load than `list` takes to run.
 */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const called = runtime.host.calledAs();
  const isShim = agentNamed(called) !== undefined;
  const words = isShim ? ["shim", "run", "--cli", called, "--", ...argv] : argv;
  try {
    return await run(words);
  } catch (error) {
    if (isBrokenPipe(error)) return EXIT.brokenPipe;
    const { reportError } = await import("./screen/report.ts");
    const lacksHint = error instanceof UsageError && error.hint === undefined;
    return await reportError(
      error,
      lacksHint ? await exampleFor(words) : undefined,
    );
  } finally {
    setInvocation({});
  }
}

/** Returns what to type instead of `argv`, which names a command. */
async function exampleFor(argv: readonly string[]): Promise<string> {
  const command = await findCommand(argv, COMMAND_INDEX)?.load();
  return command ? exampleOf(command, argv) : `${agentInvocation()} help`;
}

async function run(argv: readonly string[]): Promise<number> {
  const named = flagValue("cli", argv);
  if (named && agentNamed(named)) setInvocation({ cli: named });
  const entry = findCommand(argv, COMMAND_INDEX);
  if (!entry && parseCommandLine(argv, []).flags.version) {
    await writeLine("stdout", VERSION);
    return 0;
  }
  const cli = await chooseAgentFor(argv);
  setInvocation({ cli }); // a command is loaded with its examples
  const command = await entry?.load();
  const parsed = parseCommandLine(argv, command ? [command] : []);
  if (parsed.flags.version) {
    await writeLine("stdout", VERSION);
    return 0;
  }
  if (!command && !parsed.flags.help && parsed.args.length > 0) {
    // A prompt that was meant for exec must not be answered with the help.
    throw new UsageError(
      'There is no command before "--"',
      `for example: ${agentInvocation()} exec -- "What is the capital of France?"`,
    );
  }
  if (!command || parsed.flags.help) {
    await writeLine("stdout", await helpOf(command));
    return 0;
  }
  if (parsed.flags.schema) {
    const { formatSchema } = await import("./schemas.ts");
    await writeLine("stdout", formatSchema(command.name));
    return 0;
  }
  const dir = typeof parsed.flags.dir === "string"
    ? parsed.flags.dir
    : undefined;
  if (dir !== undefined) {
    const { shellWord } = await import("../accounts/fix_of.ts");
    setInvocation({ cli, dir: shellWord(dir) });
  }
  const code = await command.quick?.({ ...parsed.flags, dir });
  if (code !== undefined) return code;
  const { runCommand } = await import("./line/run_command.ts");
  return await runCommand(command, { ...parsed, commands: COMMAND_INDEX });
}

async function helpOf(command: Command | undefined): Promise<string> {
  const { formatHelp, formatOverview } = await import("./line/help.ts");
  const { textWidth } = await import("./screen/wrap.ts");
  if (command) return formatHelp(command, textWidth());
  return formatOverview(await loadCommands(COMMAND_INDEX), textWidth());
}

/**
 * Chooses the agent of a command line: by its flag, else by the name that the
 * program was called by, else by the environment, else by the setting. Returns
 * the flag's value if a command for the same agent needs that flag, too.
 *
 * @throws {UsageError} If the flag or the variable names no agent.
 */
async function chooseAgentFor(
  argv: readonly string[],
): Promise<string | undefined> {
  const { host } = runtime;
  const flag = flagValue("cli", argv);
  const otherwise = agentInName(host.calledAs()) ??
    (host.variable(AGENT_VARIABLE) || await agentInSettings(argv));
  const name = flag ?? otherwise;
  const checked = checkFlagValue(AGENT_SETTING, name);
  if ("problem" in checked) {
    const [source, hint] = flag === undefined
      ? [AGENT_VARIABLE, `unset ${AGENT_VARIABLE}`]
      : ["--cli", `${agentInvocation()} help`];
    const message = `Cannot use ${source}: ${checked.problem}`;
    throw new UsageError(message, hint);
  }
  const agent = agentNamed(name);
  if (agent) await chooseAgent(agent);
  return flag === otherwise ? undefined : flag;
}

/** Returns the agent that a link to this program names: `account-NAME`. */
function agentInName(called: string): string | undefined {
  const [, name = ""] = /^account-(.+)$/.exec(called) ?? [];
  return called !== DEFAULT_PROGRAM && agentNamed(name) ? name : undefined;
}

/**
 * Returns the agent that `account-qwen.yaml` names. Commands that need settings
 * report a file that cannot be used.
 */
async function agentInSettings(argv: readonly string[]): Promise<string> {
  try {
    const { loadChosenAgent } = await import("./settings/settings_if_set.ts");
    return await loadChosenAgent(flagValue("dir", argv)) ??
      DEFAULT_AGENT.program;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return DEFAULT_AGENT.program;
  }
}
