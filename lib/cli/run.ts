import { chooseAgentFor, flagValue } from "./choose_agent.ts";
import { type Command, loadCommands } from "./line/command.ts";
import { COMMAND_INDEX } from "./line/command_index.ts";
import { EXIT } from "./exit.ts";
import { findCommand, parseCommandLine } from "./line/parse.ts";
import { isBrokenPipe, writeLine } from "./screen/streams.ts";
import { VERSION } from "./version.ts";
import { agentNamed } from "../agents/registry.ts";
import { DEFAULT_PROGRAM, setInvocation, setProgram } from "../program.ts";
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
  try {
    const called = runtime.host.calledAs();
    const isShim = agentNamed(called) !== undefined;
    return await run(
      isShim ? ["shim", "run", "--cli", called, "--", ...argv] : argv,
    );
  } catch (error) {
    if (isBrokenPipe(error)) return EXIT.brokenPipe;
    const { reportError } = await import("./screen/report.ts");
    return await reportError(error, { commands: COMMAND_INDEX, argv });
  } finally {
    setInvocation({});
  }
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
