import type { AccountReader } from "../../accounts/account_reader.ts";
import { chosenAgent } from "../../agents/registry.ts";
import {
  type CommandContext,
  defineCommand,
  type Flags,
} from "../line/command.ts";
import { ALL_FLAG, formatJson, JSON_FLAGS } from "../screen/json.ts";
import { withQuotaSettings } from "../settings/settings_if_set.ts";
import { type Column, formatColumns } from "../screen/table.ts";
import { realSystem } from "../../system/system.ts";
import {
  describePlain,
  describeStanding,
  nameColumns,
  noAccounts,
  SERVICE_COLUMN,
} from "../screen/standing_text.ts";
import { isoText, isoTime, minute } from "../screen/time.ts";
import { USE_COLUMNS, type WithUse, withUse } from "../screen/used_today.ts";
import { screenWidth } from "../screen/wrap.ts";

/** `account-qwen list`. */
export const list = defineCommand({
  name: "list",
  group: "look",
  aliases: ["ls", "--list"],
  summary: "List the accounts and mark the active one",
  onlyReads: true,
  flags: { all: ALL_FLAG, ...JSON_FLAGS },
  examples: ["list", "list --json", "list --all"],
  async run(context) {
    const { flags, reader, print } = context;
    if (flags.all) {
      const { printEachAgent } = await import("../each_agent.ts");
      return await printEachAgent(context, async (its) => {
        const all = await readAll(its);
        if (!flags.json) printAccounts(all, context);
        return { accounts: all.map(toJson) };
      });
    }
    const all = await readAll(reader);
    if (flags.json) print(formatJson({ accounts: all.map(toJson) }));
    else if (all.length === 0) print(noAccounts());
    else printAccounts(all, context);
  },
});

async function readAll(reader: AccountReader): Promise<WithUse[]> {
  const knowing = await withQuotaSettings(reader);
  return await withUse(knowing, await knowing.listAccounts());
}

function printAccounts(
  all: readonly WithUse[],
  { print, paint }: Pick<CommandContext<Flags>, "print" | "paint">,
): void {
  const width = screenWidth();
  const now = realSystem.now();
  const [heading = "", ...rows] = formatAccounts(all, { width, now });
  print(heading, paint.bold);
  for (const [at, row] of rows.entries()) {
    print(row, all[at]?.active ? paint.green : undefined);
  }
  const plain = describePlain(all, chosenAgent().program);
  if (plain !== undefined) print(plain);
}

/**
 * Returns the lines of a table that fits into `width` columns, headings first.
 */
export function formatAccounts(
  accounts: readonly WithUse[],
  { width, now }: { width: number | undefined; now: number },
): string[] {
  const columns: Column<WithUse>[] = [
    { name: "", cell: (it) => it.active ? "*" : "" },
    ...nameColumns(accounts),
    { name: "kind", cell: (it) => it.kind, drops: 6 },
    SERVICE_COLUMN,
    {
      name: "identity",
      cell: (it) => it.identity ?? "",
      isOptional: true,
      shrinks: "first",
      drops: 1,
    },
    { name: "state", cell: (it) => describeStanding(it, now) },
    {
      name: "weight",
      cell: ({ weight }) => weight === undefined ? "" : String(weight),
      isOptional: true,
      drops: 2,
    },
    ...USE_COLUMNS,
    { name: "token expires", cell: (it) => minute(it.expiresAt), drops: 4 },
    { name: "last used", cell: (it) => minute(it.lastUsed), drops: 3 },
    { name: "switches", cell: (it) => String(it.switchesCount), drops: 2 },
  ];
  return formatColumns(columns, { rows: accounts, width });
}

function toJson(account: WithUse): Record<string, unknown> {
  const { index, label, kind, active, expiresAt, problem } = account;
  return {
    index,
    label,
    kind,
    identity: account.identity,
    active,
    plain: account.isPlain,
    state: account.state,
    reason: account.reason,
    source: account.source,
    until: isoTime(account.until),
    since: isoTime(account.since),
    service: account.service,
    base_url: account.baseUrl,
    model: account.model,
    expires_at: isoTime(expiresAt),
    problem,
    blocked: account.blocked,
    cooldown_until: isoTime(account.cooldownUntil),
    cooldown_model: account.cooldownModel,
    cooldown_source: account.cooldownSource,
    weight: account.weight,
    last_used: isoText(account.lastUsed),
    switches_count: account.switchesCount,
    today: null,
    fullest_window: null,
    ...account.used?.json,
  };
}
