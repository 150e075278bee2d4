import type { AccountManager } from "../../accounts/account_manager.ts";
import type { AccountManagerOptions } from "../../accounts/account_manager_options.ts";
import { AccountReader } from "../../accounts/account_reader.ts";
import type { Layout } from "../../disk/layout.ts";
import { messageOf } from "../../system/message_of.ts";
import { runtime } from "../../system/mod.ts";
import type { Notify } from "../../system/system.ts";
import { accountNumber, findAccount, findNamedFolder } from "./named.ts";
import type { Command, CommandContext, Flags } from "./command.ts";
import { DIR_VARIABLE } from "../../process/run_variables.ts";
import { EXIT } from "../exit.ts";
import { formatJson } from "../screen/json.ts";
import { paintFor } from "../screen/paint.ts";
import type { ParsedCommandLine } from "./parse.ts";
import {
  loadSettingsIfSet,
  reportUnknownVariables,
  rotatesLogins,
} from "../settings/settings_if_set.ts";
import type { SettingName, Settings } from "../../settings.ts";
import { printable, writeLine } from "../screen/streams.ts";
import type { BackgroundSender } from "../send_outbox.ts";
import { mayHaveTargets, setSender } from "../../notify/sender.ts";
import { shellWord } from "../../accounts/fix_of.ts";
import { agentInvocation } from "../../program.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Runs `command` with the given flags and words; returns the exit code.
 * `commands` has all commands, because some describe the others.
 */
export async function runCommand(
  command: Command,
  { flags, args, named, commands }:
    & Pick<ParsedCommandLine, "flags" | "args" | "named">
    & Pick<CommandContext<Flags>, "commands">,
): Promise<number> {
  const dir = typeof flags.dir === "string" ? flags.dir : undefined;
  const lines: string[] = [];
  const said: Promise<void>[] = [];
  const notify = (text: string) => void said.push(tell(text));
  const bin = typeof flags.bin === "string" ? flags.bin : undefined;
  let version: Promise<string | undefined> | undefined;
  const agentVersion = () => version ??= findAgentVersion({ dir, bin });
  reportUnknownVariables(runtime.host.environment(), notify);
  const missing = command.makesFolder
    ? undefined
    : await findMissingFolder(dir);
  const given = flags["rotate-logins"];
  const rotateLogins = typeof given === "boolean"
    ? given
    : await rotatesLogins(dir);
  const options = { dir, notify, agentVersion, rotateLogins };
  const makeAccounts = command.onlyReads
    ? undefined
    : await loadAccounts(options);
  let sender: Promise<BackgroundSender> | undefined;
  // Its code is loaded only if there is a message.
  const send = (layout: Layout) =>
    sender ??= import("../send_outbox.ts").then(({ BackgroundSender }) =>
      new BackgroundSender(layout, notify)
    );
  setSender((layout) => void send(layout).then((it) => it.begin()));
  let accounts: AccountManager | undefined;
  let reader: AccountReader | undefined;
  const openReader = () => {
    if (missing) throw missing;
    return reader ??= new AccountReader(options);
  };
  const print: CommandContext<Flags>["print"] = (added, paint = (it) => it) => {
    for (const it of [added].flat()) lines.push(paint(printable(it)));
  };
  const find = async (word: string) => {
    const number = accountNumber(word);
    if (number !== undefined) return number;
    const names = await openReader().nameAccounts();
    return findAccount(word, names);
  };
  try {
    const code = await command.run({
      flags,
      args,
      named,
      get dir() {
        if (missing && dir !== undefined) throw missing;
        return dir;
      },
      // Created on demand: a command may not need them.
      get accounts() {
        if (!makeAccounts) throw new TypeError(`${command.name} only reads`);
        if (missing) throw missing;
        return accounts ??= makeAccounts();
      },
      get reader() {
        return openReader();
      },
      findAccount: find,
      findIfGiven: async (word) =>
        word === undefined ? undefined : await find(word),
      async labelOf(index) {
        const names = await openReader().nameAccounts();
        return names.find((it) => it.index === index)?.label;
      },
      print,
      answer: (json, text) => print(flags.json ? formatJson(json) : text),
      notify,
      commands,
      // On demand: Bun loads a library to check for a terminal.
      get paint() {
        return paintFor("stdout");
      },
    });
    return code ?? EXIT.done;
  } finally {
    await Promise.all(said);
    if (lines.length > 0) await writeLine("stdout", lines.join("\n"));
    if (accounts) {
      const { usesQuota = false } = command;
      await finishSending(accounts, { usesQuota, send, notify });
    }
    setSender(() => {});
    await Promise.all(said);
  }
}

/**
 * Returns an error if `dir` or the environment names an accounts folder that does
 * not exist: a mistyped one would look like a folder without accounts.
 */
async function findMissingFolder(
  dir: string | undefined,
): Promise<UsageError | undefined> {
  const folder = dir || runtime.host.variable(DIR_VARIABLE);
  if (!folder) return undefined;
  const name = dir ? "--dir" : DIR_VARIABLE;
  const { problem } = await findNamedFolder(folder);
  if (problem === undefined) return undefined;
  const hint = problem === "is not a directory"
    ? "name the accounts folder"
    : "use another folder, or add accounts there: " +
      `${agentInvocation()} setup --dir ${shellWord(folder)}`;
  const message = `Cannot use ${name}: "${folder}" ${problem}`;
  return new UsageError(message, hint);
}

async function tell(text: string): Promise<void> {
  await (await import("../screen/report.ts")).say(text);
}

/** Sends what is left, if an outbox was ever needed. */
async function finishSending(
  accounts: AccountManager,
  { usesQuota, send, notify }: {
    usesQuota: boolean;
    send: (layout: Layout) => Promise<BackgroundSender>;
    notify: Notify;
  },
): Promise<void> {
  const { layout } = accounts;
  try {
    if (usesQuota && await mayHaveTargets(layout)) {
      const { tellOfQuota } = await import("../tell_of_quota.ts");
      await tellOfQuota(accounts);
    }
    if (!await runtime.files.info(layout.outbox)) return;
    await (await send(layout)).finish();
  } catch (error) {
    // The command itself has done its work.
    notify(`cannot send messages: ${messageOf(error)}`);
  }
}

/** Returns a function that creates the accounts for changes. */
async function loadAccounts(
  options: AccountManagerOptions,
): Promise<() => AccountManager> {
  const { AccountManager } = await import("../../accounts/account_manager.ts");
  const settings = await findSettings(options.dir, "lock-timeout");
  const lockTimeoutMs = settings?.lockTimeoutMs;
  return () => new AccountManager({ ...options, lockTimeoutMs });
}

/**
 * Returns the version, or another mark, of the program that the settings name.
 */
async function findAgentVersion(
  { dir, bin }: { dir: string | undefined; bin: string | undefined },
): Promise<string | undefined> {
  const { findAgentMark } = await import("../../run/agent_version.ts");
  const { chosenAgent } = await import("../../agents/registry.ts");
  const named = bin ?? (await findSettings(dir, "bin"))?.bin;
  return await findAgentMark(named ?? chosenAgent().program);
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
    return await loadSettingsIfSet(new AccountReader({ dir }).dir, name);
  } catch {
    return undefined;
  }
}
