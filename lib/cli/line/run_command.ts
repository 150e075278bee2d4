import type { AccountManager } from "../../accounts/account_manager.ts";
import type { AccountManagerOptions } from "../../accounts/account_manager_options.ts";
import { AccountReader } from "../../accounts/account_reader.ts";
import { runtime } from "../../system/mod.ts";
import { accountNumber, findAccount } from "./account_word.ts";
import type { Command } from "./command.ts";
import { findMissingFolder } from "./named_folder.ts";
import { paintFor } from "../screen/paint.ts";
import type { ParsedCommandLine } from "./parse.ts";
import { printable } from "../screen/printable.ts";
import { loadSaidSettings } from "../settings/said_settings.ts";
import type { SettingName } from "../settings/setting_flags.ts";
import type { Settings } from "../settings/settings.ts";
import { writeLine } from "../screen/streams.ts";
import { tellOfUnknownVariables } from "../settings/unknown_variables.ts";

/** Runs `command` with what the command line says; returns the exit code. */
export async function runCommand(
  command: Command,
  { flags, args }: ParsedCommandLine,
): Promise<number> {
  const dir = typeof flags.dir === "string" ? flags.dir : undefined;
  const lines: string[] = [];
  const said: Promise<void>[] = [];
  const notify = (text: string) => void said.push(tell(text));
  const bin = typeof flags.bin === "string" ? flags.bin : undefined;
  let version: Promise<string | undefined> | undefined;
  const agentVersion = () => version ??= findAgentVersion({ dir, bin });
  tellOfUnknownVariables(runtime.host.environment(), notify);
  const missing = command.makesFolder
    ? undefined
    : await findMissingFolder(dir);
  const makeAccounts = command.onlyReads
    ? undefined
    : await loadAccounts({ dir, notify, agentVersion });
  let accounts: AccountManager | undefined;
  let reader: AccountReader | undefined;
  const openReader = () => {
    if (missing) throw missing;
    return reader ??= new AccountReader({ dir, notify, agentVersion });
  };
  try {
    return await command.run({
      flags,
      args,
      get dir() {
        if (missing && dir !== undefined) throw missing;
        return dir;
      },
      // Made when they are needed: a command may have an answer without them.
      get accounts() {
        if (!makeAccounts) throw new TypeError(`${command.name} only reads`);
        if (missing) throw missing;
        return accounts ??= makeAccounts();
      },
      get reader() {
        return openReader();
      },
      async findAccount(word) {
        const number = accountNumber(word);
        if (number !== undefined) return number;
        const names = await openReader().nameAccounts();
        return findAccount(word, names, command.name);
      },
      async labelOf(index) {
        const names = await openReader().nameAccounts();
        return names.find((it) => it.index === index)?.label;
      },
      print: (added, paint = (it) => it) => {
        for (const it of [added].flat()) lines.push(paint(printable(it)));
      },
      notify,
      // Whether stdout is a terminal takes Bun a library to tell.
      get paint() {
        return paintFor("stdout");
      },
    });
  } finally {
    await Promise.all(said);
    if (lines.length > 0) await writeLine("stdout", lines.join("\n"));
  }
}

async function tell(text: string): Promise<void> {
  const { say } = await import("../screen/report.ts");
  await say(text);
}

/** Returns what makes the accounts, to be changed. */
async function loadAccounts(
  options: Pick<AccountManagerOptions, "dir" | "notify" | "agentVersion">,
): Promise<() => AccountManager> {
  const { AccountManager } = await import("../../accounts/account_manager.ts");
  const settings = await findSettings(options.dir, "lock-timeout");
  const lockTimeoutMs = settings?.lockTimeoutMs;
  return () => new AccountManager({ ...options, lockTimeoutMs });
}

/** What tells the program that the settings name from another one. */
async function findAgentVersion(
  { dir, bin }: { dir: string | undefined; bin: string | undefined },
): Promise<string | undefined> {
  const { findAgentMark } = await import("../../run/agent_version.ts");
  const { qwen } = await import("../../providers/qwen.ts");
  const named = bin ?? (await findSettings(dir, "bin"))?.bin;
  return await findAgentMark(named ?? qwen.program);
}

/**
 * Loads the settings if `name` may be set; `undefined` if they are invalid too.
 * Commands that need the settings report that; the others still do their work.
 */
async function findSettings(
  dir: string | undefined,
  name: SettingName,
): Promise<Settings | undefined> {
  try {
    return await loadSaidSettings(new AccountReader({ dir }).dir, name);
  } catch {
    return undefined;
  }
}
