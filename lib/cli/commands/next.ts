import { onlyAccount } from "../../accounts/switch_next.ts";
import { nameFrom } from "../../vault/account_name.ts";
import type { NextPreview } from "../../accounts/select.ts";
import { forceFlag } from "../line/agent_words.ts";
import { defineCommand } from "../line/command.ts";
import { foldAnswer } from "../screen/wrap.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import { formatReadiness, noAccounts } from "../screen/standing_text.ts";
import { runtime } from "../../system/mod.ts";
import { withQuotaSettings } from "../settings/settings_if_set.ts";
import { loadSettings, SETTING_FLAGS } from "../settings/settings.ts";
import { isoTime } from "../screen/time.ts";

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
    ...JSON_FLAGS,
  },
  examples: [
    "next",
    "--switch-next",
    "next --dry-run --strategy least-recently-used",
  ],
  async run({ flags, accounts, answer }) {
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
      return answer({ strategy, from, to }, []);
    }
    const reader = await withQuotaSettings(accounts);
    const preview = await reader.previewNext({ strategy });
    const folder = runtime.host.cwd();
    const here = { folder, stickTo: folder, countsRuns: false };
    const { next: run } = await reader.overview({ strategy, ...here });
    const name = run && await nameFrom(accounts, run.index);
    const uses = run ? `would use ${name}: ${run.why}` : "has to wait";
    const lines = [
      ...describe(preview),
      `a run in this folder ${uses} (strategy ${strategy})`,
    ];
    answer(
      { strategy, run, ...toJson(preview) },
      preview.candidates.length === 0
        ? noAccounts()
        : lines.flatMap((it) => foldAnswer(it)),
    );
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
    active,
    chosen,
    accounts: candidates.map((it) => ({
      index: it.index,
      obstacle: it.obstacle,
      note: it.note,
      note_until: isoTime(it.noteUntil),
      ready_at: isoTime(it.readyAt || undefined),
      source: it.source,
      last_used: isoTime(it.lastUsedAt || undefined),
      runs: it.runs,
      weight: it.weight,
    })),
  };
}
