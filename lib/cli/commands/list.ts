import type { Account } from "../../rotation/account.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit_code.ts";
import { formatJson, JSON_FLAG } from "../json.ts";
import { formatTable } from "../table.ts";
import { isoTime, minute } from "../time.ts";

/** `account-qwen list`. */
export const list = defineCommand({
  name: "list",
  alias: "--list",
  summary: "List the accounts and mark the active one",
  flags: { json: JSON_FLAG },
  examples: ["account-qwen list", "account-qwen list --json"],
  async run({ flags, accounts, print, paint }) {
    const all = await accounts.listAccounts();
    if (flags.json) {
      print(formatJson({ accounts: all.map(toJson) }));
      return EXIT.done;
    }
    if (all.length === 0) {
      print("no accounts yet: account-qwen setup");
      return EXIT.done;
    }
    const head = [
      "",
      "account",
      "kind",
      "state",
      "token ends",
      "last used",
      "switches",
    ];
    const [heading = "", ...rows] = formatTable([head, ...all.map(toRow)]);
    print(heading, paint.bold);
    for (const [at, row] of rows.entries()) {
      print(row, all[at]?.active ? paint.green : undefined);
    }
    return EXIT.done;
  },
});

function toRow(account: Account): string[] {
  const { index, kind, active, expiresAt } = account;
  return [
    active ? "*" : "",
    String(index),
    kind,
    describeState(account),
    minute(expiresAt),
    minute(account.lastUsed),
    String(account.switchesCount),
  ];
}

function describeState(account: Account): string {
  const { problem, blocked, cooldownUntil } = account;
  if (problem) return `slot ${problem}`;
  if (blocked) return blocked;
  return cooldownUntil === undefined
    ? "ready"
    : `cooling down until ${minute(cooldownUntil)}`;
}

function toJson(account: Account): Record<string, unknown> {
  const { index, kind, active, expiresAt, problem } = account;
  return {
    index,
    kind,
    active,
    expires_at: isoTime(expiresAt),
    problem: problem ?? null,
    blocked: account.blocked ?? null,
    cooldown_until: isoTime(account.cooldownUntil),
    last_used: account.lastUsed ?? null,
    switches_count: account.switchesCount,
  };
}
