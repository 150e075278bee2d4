import { shellWord } from "../../accounts/fix_of.ts";
import { shortName } from "../../account_name.ts";
import { serviceAt } from "../../providers/api_presets.ts";
import { qwen } from "../../providers/qwen.ts";
import type { Account } from "../../accounts/account.ts";
import { hostOf } from "./found_logins.ts";
import { formatTable } from "../screen/table.ts";
import type { Agent } from "./wizard_agent.ts";
import type { WizardContext } from "./wizard_steps.ts";
import { screenWidth } from "../screen/wrap.ts";
import { program } from "../../program.ts";

/** What the summary says beside what is listed. */
export interface SummaryOptions extends Agent {
  /** What came of testing an account, by its number. */
  tested: ReadonlyMap<number, string>;
}

/** The accounts, one a line. */
export function formatSummary(
  accounts: readonly Account[],
  options: SummaryOptions,
): string[] {
  if (accounts.length === 0) return ["No accounts yet."];
  const rows = accounts.map((it) => [
    shortName(it),
    it.kind === "oauth" ? "qwen login" : serviceOf(it),
    stateOf(it, options),
  ]);
  const width = screenWidth();
  const count = accounts.length === 1
    ? "1 account"
    : `${accounts.length} accounts`;
  const table = formatTable([["account", "service", "state"], ...rows], {
    width: width === undefined ? undefined : width - 2,
  });
  return [`${count}:`, ...table.map((it) => `  ${it}`)];
}

function serviceOf({ baseUrl = "" }: Account): string {
  return serviceAt(baseUrl)?.name ?? hostOf(baseUrl);
}

function stateOf(
  { index, kind, state, blocked, problem }: Account,
  { tested, version, refusal }: SummaryOptions,
): string {
  if (kind === "oauth" && refusal) return `not usable with qwen ${version}`;
  return tested.get(index) ?? blocked ?? problem ?? state;
}

/** The one thing to do next, and its command on a line of its own. */
export async function nextThing(
  { agent, dir }: Pick<WizardContext, "agent" | "dir">,
  accounts: readonly Account[],
): Promise<string[]> {
  const { version, refusal } = await agent();
  const hasKey = accounts.some((it) => it.kind === "api-key");
  if (accounts.length === 0 || refusal && !hasKey) {
    return ["Next, when you have a key:", `  ${program()} setup`];
  }
  if (version === undefined) {
    return [
      "Next, install qwen:",
      `  ${hasKey ? qwen.installHint : qwen.installForLogins}`,
    ];
  }
  const folder = dir === undefined ? "" : ` --dir ${shellWord(dir)}`;
  const prompt = '"What is the capital of France?"';
  return ["Next, try it:", `  ${program()} exec${folder} -- ${prompt}`];
}
