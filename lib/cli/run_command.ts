import { AccountManager } from "../rotation/account_manager.ts";
import type { Command } from "./command.ts";
import { paintFor } from "./paint.ts";
import type { ParsedCommandLine } from "./parse.ts";
import { printable } from "./printable.ts";
import { say } from "./report.ts";
import { loadSettings } from "./settings.ts";
import { writeLine } from "./streams.ts";

/** Runs `command` with what the command line says; returns the exit code. */
export async function runCommand(
  command: Command,
  { flags, args }: ParsedCommandLine,
): Promise<number> {
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
