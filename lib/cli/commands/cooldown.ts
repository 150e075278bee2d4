import type { AccountManager } from "../../accounts/account_manager.ts";
import { nameOf } from "../../account_name.ts";
import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { foldAnswer } from "../screen/wrap.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../screen/json.ts";
import { parseWhen } from "../line/parse_when.ts";
import { formatReadiness, noAccounts } from "../screen/standing_text.ts";
import { formatSpan, isoTime, minute } from "../screen/time.ts";
import { UsageError } from "../line/usage_error.ts";
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
  flags: { json: JSON_FLAG, schema: SCHEMA_FLAG },
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
    const { findAccount, labelOf, flags, accounts, print } = context;
    const [action = "list", ...rest] = context.args;
    const [word, ...more] = rest;
    if (action === "set") {
      const now = Date.now();
      const end = readEnd(word, more.join(" "), now);
      const index = await findAccount(word ?? "");
      const until = await setCooldown(accounts, index, end);
      const label = await labelOf(index);
      print(
        flags.json
          ? formatJson({ index, label: label ?? null, until: isoTime(until) })
          : `${nameOf(index, label)} rests until ${minute(until)} ` +
            `(${formatSpan(end - now)})`,
      );
    } else if (action === "clear") {
      if (more[0] !== undefined) throw unexpected(more[0]);
      const index = word === undefined ? undefined : await findAccount(word);
      await accounts.clearCooldowns(index);
      const label = index === undefined ? undefined : await labelOf(index);
      const whose = index === undefined
        ? "no account has a cooldown"
        : `${nameOf(index, label)} has no cooldown now`;
      const answer = {
        index: index ?? null,
        label: label ?? null,
        until: null,
      };
      print(flags.json ? formatJson(answer) : whose);
    } else if (action === "list") {
      if (word !== undefined) throw unexpected(word);
      const all = await accounts.readiness();
      if (flags.json) {
        print(formatJson({
          accounts: all.map(({ index, label, obstacle, readyAt, source }) => ({
            index,
            label: label ?? null,
            obstacle: obstacle ?? null,
            ready_at: isoTime(readyAt || undefined),
            source: source ?? null,
          })),
        }));
      } else if (all.length === 0) {
        print(noAccounts());
      } else {
        for (const line of formatReadiness(all, Date.now())) {
          print(foldAnswer(line));
        }
      }
    } else {
      throw new UsageError(
        `Cannot run cooldown: "${action}" is not list, set or clear`,
        "cooldown",
      );
    }
    return EXIT.done;
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
  throw new UsageError(`Cannot set a cooldown: ${problem}`, "cooldown");
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
    throw new UsageError(error.message, "cooldown");
  }
}

function unexpected(word: string): UsageError {
  return new UsageError(
    `Cannot run cooldown: unexpected argument "${word}"`,
    "cooldown",
  );
}
