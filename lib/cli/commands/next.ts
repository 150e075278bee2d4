import { onlyAccount } from "../../accounts/switch_next.ts";
import { nameFrom } from "../../vault/account_name.ts";
import type { NextPreview } from "../../accounts/select.ts";
import { forceFlag } from "../line/agent_words.ts";
import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { foldAnswer } from "../screen/wrap.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../screen/json.ts";
import { formatReadiness, noAccounts } from "../screen/standing_text.ts";
import { runtime } from "../../system/mod.ts";
import { withQuotaSettings } from "../settings/settings_if_set.ts";
import { loadSettings, SETTING_FLAGS } from "../settings/settings.ts";
import { isoTime } from "../screen/time.ts";
import { agentInvocation } from "../../program.ts";

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
    ...forceFlag(),
    json: JSON_FLAG,
    schema: SCHEMA_FLAG,
  },
  examples: [
    `${agentInvocation()} next`,
    `${agentInvocation()} --switch-next`,
    `${agentInvocation()} next --dry-run --strategy least-recently-used`,
  ],
  async run({ flags, accounts, print }) {
    const { dir } = accounts;
    const { settings: { strategy } } = await loadSettings({ dir, flags });
    if (!flags["dry-run"]) {
      const result = await accounts.switchNext({
        strategy,
        force: flags.force,
      });
      const { switched, from, to } = result;
      const isOnly = !switched && (await accounts.readiness()).length === 1;
      if (isOnly) {
        const name = await nameFrom(accounts, to);
        throw onlyAccount(to, name);
      }
      if (flags.json) print(formatJson({ strategy, from: from ?? null, to }));
      return EXIT.done;
    }
    const reader = await withQuotaSettings(accounts);
    const preview = await reader.previewNext({ strategy });
    const folder = runtime.host.cwd();
    const here = { folder, stickTo: folder, countsRuns: false };
    const { next: run } = await reader.overview({ strategy, ...here });
    if (flags.json) {
      print(formatJson({ strategy, run: run ?? null, ...toJson(preview) }));
    } else if (preview.candidates.length === 0) print(noAccounts());
    else {
      for (const line of describe(preview)) print(foldAnswer(line));
      const name = run && await nameFrom(accounts, run.index);
      const uses = run ? `would use ${name}: ${run.why}` : "has to wait";
      print(foldAnswer(`a run in this folder ${uses} (strategy ${strategy})`));
    }
    return EXIT.done;
  },
});

function describe({ active, chosen, candidates }: NextPreview): string[] {
  const lines = formatReadiness(candidates, Date.now());
  return candidates.map(({ index, runs = 0, weight }, at) => {
    const role = index === chosen
      ? ", would become active"
      : index === active
      ? ", is active"
      : "";
    const used = runs === 0 ? "" : `, ${runs} under way`;
    const share = weight === undefined ? "" : `, weight ${weight}`;
    return `${lines[at]}${used}${share}${role}`;
  });
}

function toJson(
  { active, chosen, candidates }: NextPreview,
): Record<string, unknown> {
  return {
    active: active ?? null,
    chosen: chosen ?? null,
    accounts: candidates.map((
      {
        index,
        obstacle,
        note,
        noteUntil,
        readyAt,
        source,
        lastUsedAt,
        runs,
        weight,
      },
    ) => ({
      index,
      obstacle: obstacle ?? null,
      note: note ?? null,
      note_until: isoTime(noteUntil),
      ready_at: isoTime(readyAt || undefined),
      source: source ?? null,
      last_used: isoTime(lastUsedAt || undefined),
      runs: runs ?? null,
      weight: weight ?? null,
    })),
  };
}
