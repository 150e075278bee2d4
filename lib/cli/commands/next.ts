import { onlyAccount } from "../../accounts/switch_next.ts";
import { nameFrom } from "../../vault/account_name.ts";
import type { NextPreview } from "../../accounts/select.ts";
import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit_code.ts";
import { foldAnswer } from "../screen/wrap.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../screen/json.ts";
import { formatReadiness, noAccounts } from "../screen/readiness.ts";
import { loadSettings, SETTING_FLAGS } from "../settings/settings.ts";
import { isoTime } from "../screen/time.ts";
import { program } from "../../program.ts";

/** `account-qwen next`. */
export const next = defineCommand({
  name: "next",
  group: "run",
  aliases: ["--switch-next"],
  summary: "Switch to the next ready account, without output",
  flags: {
    "dry-run": {
      type: "boolean",
      summary: "Show which account is next and why the others are not",
    },
    strategy: SETTING_FLAGS.strategy,
    json: JSON_FLAG,
    schema: SCHEMA_FLAG,
  },
  examples: [
    `${program()} next`,
    `${program()} --switch-next`,
    `${program()} next --dry-run --strategy least-recently-used`,
  ],
  async run({ flags, accounts, print }) {
    const { dir } = accounts;
    const { settings: { strategy } } = await loadSettings({ dir, flags });
    if (!flags["dry-run"]) {
      const result = await accounts.switchNext({ strategy });
      const { switched, from, to } = result;
      const isOnly = !switched && (await accounts.readiness()).length === 1;
      if (isOnly) {
        const name = await nameFrom(accounts, to);
        throw onlyAccount(to, name);
      }
      if (flags.json) print(formatJson({ strategy, from: from ?? null, to }));
      return EXIT.done;
    }
    const preview = await accounts.previewNext({ strategy });
    if (flags.json) print(formatJson({ strategy, ...toJson(preview) }));
    else if (preview.candidates.length === 0) print(noAccounts());
    else for (const line of describe(preview)) print(foldAnswer(line));
    return EXIT.done;
  },
});

function describe({ active, chosen, candidates }: NextPreview): string[] {
  const lines = formatReadiness(candidates, Date.now());
  return candidates.map(({ index }, at) => {
    const role = index === chosen
      ? ", would be chosen"
      : index === active
      ? ", is active"
      : "";
    return `${lines[at]}${role}`;
  });
}

function toJson(
  { active, chosen, candidates }: NextPreview,
): Record<string, unknown> {
  return {
    active: active ?? null,
    chosen: chosen ?? null,
    accounts: candidates.map((
      { index, obstacle, readyAt, source, lastUsedAt },
    ) => ({
      index,
      obstacle: obstacle ?? null,
      ready_at: isoTime(readyAt || undefined),
      source: source ?? null,
      last_used: isoTime(lastUsedAt || undefined),
    })),
  };
}
