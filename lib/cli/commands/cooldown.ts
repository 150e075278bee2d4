import type { AccountManager } from "../../accounts/account_manager.ts";
import { nameOf } from "../../account_name.ts";
import { defineCommand } from "../line/command.ts";
import { foldAnswer } from "../screen/wrap.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import { parseWhen } from "../line/parse_when.ts";
import { formatReadiness, noAccounts } from "../screen/standing_text.ts";
import { formatSpan, isoTime, minute } from "../screen/time.ts";
import { cannotRun, UsageError } from "../line/usage_error.ts";
import { agentInvocation } from "../../program.ts";

/** Examples of times for `cooldown set`. */
const EXAMPLES = 'examples: 45m, 1h30m, 16:00, "mon 09:00"';

/** `account-qwen cooldown`. */
export const cooldown = defineCommand({
  name: "cooldown",
  group: "run",
  summary: "Show, set or clear the cooldowns of accounts",
  usage: "[list | set <account> <time> | clear [account]]",
  args: { least: 0, most: 6 }, // a time may be several words
  offers: [["list", "set", "clear"], "accounts"],
  flags: JSON_FLAGS,
  notes: [
    "A time is a duration (45m, 1h30m, 2d4h), a date (2026-12-01), a date and time " +
    "(2026-12-01 16:00), a time (16:00, 4pm) or a weekday (mon, mon 09:00), in " +
    "the local time zone. A time or weekday means the next one.",
  ],
  examples: [
    `${agentInvocation()} cooldown list`,
    `${agentInvocation()} cooldown set 2 45m`,
    `${agentInvocation()} cooldown set work mon 09:00`,
    `${agentInvocation()} cooldown clear 2`,
  ],
  async run(context) {
    const { findAccount, labelOf, accounts, answer } = context;
    const [action = "list", ...rest] = context.args;
    const [word, ...more] = rest;
    if (action === "set") {
      const now = Date.now();
      const end = readEnd(word, more.join(" "), now);
      const index = await findAccount(word ?? "");
      const until = await setCooldown(accounts, index, end);
      const label = await labelOf(index);
      answer(
        { index, label, until: isoTime(until) },
        `${nameOf(index, label)} rests until ${minute(until)} ` +
          `(${formatSpan(end - now)})`,
      );
    } else if (action === "clear") {
      if (more[0] !== undefined) throw unexpected(more[0]);
      const index = await context.findIfGiven(word);
      await accounts.clearCooldowns(index);
      const label = index === undefined ? undefined : await labelOf(index);
      const whose = index === undefined
        ? "no account has a cooldown"
        : `${nameOf(index, label)} has no cooldown now`;
      answer({ index, label, until: null }, whose);
    } else if (action === "list") {
      if (word !== undefined) throw unexpected(word);
      const all = await accounts.readiness();
      const lines = all.length === 0
        ? noAccounts()
        : formatReadiness(all, Date.now()).flatMap((it) => foldAnswer(it));
      answer({
        accounts: all.map(({ index, label, obstacle, readyAt, source }) => ({
          index,
          label,
          obstacle,
          ready_at: isoTime(readyAt || undefined),
          source,
        })),
      }, lines);
    } else {
      throw cannotRun("cooldown", `"${action}" is not list, set or clear`);
    }
  },
});

/** Returns the end of a requested cooldown, epoch milliseconds. */
function readEnd(
  account: string | undefined,
  time: string,
  now: number,
): number {
  const end = parseWhen(time, now);
  const problem = account === undefined || time.trim() === ""
    ? `it needs an account and a time (${EXAMPLES})`
    : end === undefined
    ? `"${time}" is not a time (${EXAMPLES})`
    : end <= now
    ? `"${time}" is in the past`
    : undefined;
  if (end !== undefined && problem === undefined) return end;
  throw new UsageError(`Cannot set a cooldown: ${problem}`);
}

/** Sets a cooldown; one that is too long is a usage error. */
async function setCooldown(
  accounts: AccountManager,
  index: number,
  end: number,
): Promise<number> {
  try {
    return await accounts.setCooldownUntil(index, end);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(error.message);
  }
}

function unexpected(word: string) {
  return cannotRun("cooldown", `unexpected argument "${word}"`);
}
