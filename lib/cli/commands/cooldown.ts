import type { AccountManager } from "../../rotation/account_manager.ts";
import { defineCommand } from "../command.ts";
import { parseDuration } from "../duration.ts";
import { EXIT } from "../exit_code.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../json.ts";
import { formatReadiness, noAccounts } from "../readiness.ts";
import { isoTime, minute } from "../time.ts";
import { UsageError } from "../usage_error.ts";
import { program } from "../../program.ts";

/** `account-qwen cooldown`. */
export const cooldown = defineCommand({
  name: "cooldown",
  summary: "Show, set or clear the times during which accounts are left alone",
  usage: "[list | set <index> <time> | clear [index]]",
  args: { least: 0, most: 3 },
  offers: [["list", "set", "clear"], "accounts"],
  flags: { json: JSON_FLAG, schema: SCHEMA_FLAG },
  examples: [
    `${program()} cooldown list`,
    `${program()} cooldown set 2 45m`,
    `${program()} cooldown clear 2`,
  ],
  async run(
    { findAccount, args: [action = "list", ...rest], flags, accounts, print },
  ) {
    if (action === "set") {
      const [word = "", time = ""] = rest;
      const index = await findAccount(word);
      const ms = parseDuration(time);
      if (ms === undefined) {
        const problem = `"${time}" is not a duration (examples: 45m, 2h)`;
        throw new UsageError(`Cannot set a cooldown: ${problem}`, "cooldown");
      }
      const until = await setCooldown(accounts, index, ms);
      print(
        flags.json
          ? formatJson({ index, until: isoTime(until) })
          : `account ${index} is left alone until ${minute(until)}`,
      );
    } else if (action === "clear") {
      const [word, more] = rest;
      const index = word === undefined ? undefined : await findAccount(word);
      if (more !== undefined) throw tooMuch(more);
      await accounts.clearCooldowns(index);
      const whose = index === undefined
        ? "no account has a cooldown now"
        : `account ${index} has no cooldown now`;
      const answer = { index: index ?? null, until: null };
      print(flags.json ? formatJson(answer) : whose);
    } else if (action === "list") {
      if (rest[0] !== undefined) throw tooMuch(rest[0]);
      const all = await accounts.readiness();
      if (flags.json) {
        print(formatJson({
          accounts: all.map(({ index, obstacle, readyAt, source }) => ({
            index,
            obstacle: obstacle ?? null,
            ready_at: isoTime(readyAt || undefined),
            source: source ?? null,
          })),
        }));
      } else if (all.length === 0) {
        print(noAccounts());
      } else {
        for (const line of formatReadiness(all, Date.now())) print(line);
      }
    } else {
      throw new UsageError(
        `Cannot do "${action}": it is list, set or clear`,
        "cooldown",
      );
    }
    return EXIT.done;
  },
});

/** A time that is too long is a mistake in the command line. */
async function setCooldown(
  accounts: AccountManager,
  index: number,
  ms: number,
): Promise<number> {
  try {
    return await accounts.setCooldown(index, ms);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(error.message, "cooldown");
  }
}

function tooMuch(word: string): UsageError {
  return new UsageError(
    `Cannot run cooldown: "${word}" is too much`,
    "cooldown",
  );
}
