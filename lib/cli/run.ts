import { AccountManager } from "../rotation/account_manager.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT } from "./exit_code.ts";
import { formatHelp, formatOverview } from "./help.ts";
import { paintFor } from "./paint.ts";
import { parseCommandLine, type ParsedCommandLine } from "./parse.ts";
import { printable } from "./printable.ts";
import { reportError, say } from "./report.ts";
import { loadSettings } from "./settings.ts";
import { isBrokenPipe, writeLine } from "./streams.ts";
import { VERSION } from "./version.ts";
import { qwen } from "../providers/qwen.ts";
import { runtime } from "../runtime/mod.ts";

/**
 * Does what the command line `argv` says and returns the exit code. The answer
 * goes to stdout, everything else to stderr. Called by the name `qwen`, it does
 * what the shim does.
 */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  try {
    const isQwen = runtime.host.calledAs() === qwen.program;
    const words = isQwen ? ["shim", "run", "--", ...argv] : argv;
    return await runParsed(parseCommandLine(words, COMMANDS));
  } catch (error) {
    return isBrokenPipe(error) ? EXIT.brokenPipe : await reportError(error);
  }
}

async function runParsed(
  { command, flags, args }: ParsedCommandLine,
): Promise<number> {
  if (flags.version) {
    await writeLine("stdout", VERSION);
    return EXIT.done;
  }
  if (!command || flags.help) {
    const help = command ? formatHelp(command) : formatOverview(COMMANDS);
    await writeLine("stdout", help);
    return EXIT.done;
  }
  if (flags.schema) {
    const { formatSchema } = await import("./schemas.ts");
    await writeLine("stdout", formatSchema(command.name));
    return EXIT.done;
  }
  const dir = typeof flags.dir === "string" ? flags.dir : undefined;
  const lines: string[] = [];
  const said: Promise<void>[] = [];
  const notify = (text: string) => void said.push(say(text));
  const lockTimeoutMs = await findLockTimeout(dir);
  let accounts: AccountManager | undefined;
  try {
    return await command.run({
      flags,
      args,
      dir,
      // Made when it is needed: a command may have an answer without it.
      get accounts() {
        return accounts ??= new AccountManager({ dir, notify, lockTimeoutMs });
      },
      print: (added, paint = (it) => it) => {
        for (const it of [added].flat()) lines.push(paint(printable(it)));
      },
      notify,
      paint: paintFor("stdout"),
    });
  } finally {
    await Promise.all(said);
    if (lines.length > 0) await writeLine("stdout", lines.join("\n"));
  }
}

/**
 * How long to wait for the lock, as the settings say. A mistake in them is told
 * by the commands that need them; the others do their work.
 */
async function findLockTimeout(
  dir: string | undefined,
): Promise<number | undefined> {
  try {
    const { settings } = await loadSettings(new AccountManager({ dir }));
    return settings.lockTimeoutMs;
  } catch {
    return undefined;
  }
}
