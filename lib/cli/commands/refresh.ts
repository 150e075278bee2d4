import { chosenAgent } from "../../agents/registry.ts";
import type { AccountManager } from "../../accounts/account_manager.ts";
import type { Account } from "../../accounts/account.ts";
import { nameOf } from "../../account_name.ts";
import { wordFor } from "../../accounts/fix_of.ts";
import { describeFailure } from "../../accounts/refresh/refresh.ts";
import { withLink } from "../../disk/layout.ts";
import { withLogins } from "../line/agent_words.ts";
import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { meaningOf } from "../exit_code.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import { loadSettings, SETTING_FLAGS } from "../settings/settings.ts";
import { isoTime, minute } from "../screen/time.ts";
import { UsageError } from "../line/usage_error.ts";
import { agentInvocation, invocation } from "../../program.ts";
import type { RefreshResult } from "../../accounts/refresh/exchange_tokens.ts";

const AGENT = chosenAgent();
const HAS_FOLDERS = AGENT.homes.login !== undefined;

/** `account-qwen refresh`. */
export const refresh = defineCommand({
  name: "refresh",
  group: "care",
  summary: HAS_FOLDERS
    ? `Not for ${AGENT.program}: it refreshes its logins itself`
    : withLogins("Refresh a login before it expires"),
  usage: "[account]",
  args: { least: 0, most: 1 },
  offers: ["accounts"],
  flags: {
    all: { type: "boolean", summary: "Refresh every login" },
    due: {
      type: "boolean",
      summary: "Refresh logins that expire soon (see --refresh-before)",
    },
    "refresh-before": SETTING_FLAGS["refresh-before"],
    ...JSON_FLAGS,
  },
  notes: HAS_FOLDERS
    ? [
      `Only ${AGENT.program} refreshes its logins, while it runs. If a login ` +
      `has ended, log in again: ${agentInvocation()} login`,
    ]
    : [
      "Disabled accounts are refreshed too, so that their logins do not expire.",
    ],
  examples: HAS_FOLDERS ? [] : [
    "refresh",
    "refresh 2",
    "refresh --due --refresh-before 1h",
  ],
  async run({ args: [word], flags, accounts, findIfGiven, answer, notify }) {
    if (HAS_FOLDERS) throw refreshesItself();
    withLink(accounts.layout);
    const { all, due } = flags;
    if ([word !== undefined, all, due].filter((it) => it).length > 1) {
      throw new UsageError(
        "Cannot refresh: use only one of an account, --all and --due",
      );
    }
    const { dir } = accounts;
    const { settings } = await loadSettings({ dir, flags });
    const known = await accounts.listAccounts();
    const withinMs = due ? settings.refreshBeforeMs : undefined;
    const { results, code } = all || due
      ? await refreshMany(accounts, known, { withinMs, notify })
      : await refreshOne(accounts, known, await findIfGiven(word));
    const hasNone = all && known.every((it) => it.kind === "api-key");
    answer(
      {
        accounts: results.map(({ index, refreshed, expiresAt }) => ({
          index,
          refreshed,
          expires_at: isoTime(expiresAt),
        })),
      },
      hasNone
        ? "there are no logins to refresh"
        : results.map((it) => describe(it, known)),
    );
    return code;
  },
});

function refreshesItself(): UsageError {
  return new UsageError(
    `Cannot refresh: ${AGENT.program} refreshes its logins itself`,
    `if a login has ended: ${invocation()} login`,
  );
}

/** What was refreshed, and the exit code. */
interface Outcome {
  results: RefreshResult[];
  code: number;
}

/** Refreshes account `asked`, or the active one. */
async function refreshOne(
  accounts: AccountManager,
  known: readonly Account[],
  asked: number | undefined,
): Promise<Outcome> {
  const index = asked ?? known.find((it) => it.active)?.index;
  const account = known.find((it) => it.index === index);
  if (account?.kind === "api-key") throw keyNeedsNone(account);
  return { results: [await accounts.refresh(index)], code: EXIT.done };
}

/** Refreshes all logins, or those that expire soon; a failure does not stop it. */
async function refreshMany(
  accounts: AccountManager,
  known: readonly Account[],
  { withinMs, notify }: {
    withinMs: number | undefined;
    notify: (text: string) => void;
  },
): Promise<Outcome> {
  const results: RefreshResult[] = [];
  let code: number = EXIT.done;
  for (const { index, label, kind, expiresAt = 0, blocked } of known) {
    if (kind === "api-key") continue;
    // Treat an unreadable slot as due.
    const isDue = withinMs === undefined ||
      blocked === undefined && expiresAt - Date.now() <= withinMs;
    if (!isDue) continue;
    try {
      results.push(await accounts.refresh(index, { withinMs }));
    } catch (error) {
      const { hint, code: codeOf } = meaningOf(error);
      const name = nameOf(index, label);
      notify(describeFailure(error, { index, name }, hint));
      // A failure that only the user can fix overrides the others.
      if (code !== EXIT.loginNeeded) code = codeOf;
    }
  }
  return { results, code };
}

function keyNeedsNone({ index, label }: Account): UsageError {
  const name = nameOf(index, label);
  return new UsageError(
    `Cannot refresh ${name}: its API key does not expire`,
    `${invocation()} add --replace ${wordFor({ index, label })}`,
  );
}

function describe(
  { index, refreshed, expiresAt }: RefreshResult,
  known: readonly Account[],
): string {
  const name = nameOf(index, known.find((it) => it.index === index)?.label);
  const how = refreshed ? "is refreshed" : "is still fresh";
  return `${name} ${how}: its token expires ${minute(expiresAt)}`;
}
