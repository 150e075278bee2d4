import { shellWord } from "../../accounts/fix_of.ts";
import { shortName } from "../../account_name.ts";
import { serviceAt } from "../../agents/presets.ts";
import { chosenAgent } from "../../agents/registry.ts";
import type { Account } from "../../accounts/account.ts";
import { hostOf } from "./found_logins.ts";
import { formatTable } from "../screen/table.ts";
import type { InstalledAgent, WizardContext } from "./wizard_steps.ts";
import { screenWidth } from "../screen/wrap.ts";
import { agentInvocation } from "../../program.ts";

/** What the summary shows in addition to the list. */
type SummaryOptions = InstalledAgent & Pick<WizardContext, "tested">;

/** Lists the accounts, one per line. */
export function formatSummary(
  accounts: readonly Account[],
  options: SummaryOptions,
): string[] {
  if (accounts.length === 0) return ["No accounts yet."];
  const rows = accounts.map((it) => [
    shortName(it),
    it.kind === "api-key"
      ? serviceOf(it)
      : `${chosenAgent().program} ${it.kind === "oauth" ? "login" : it.kind}`,
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
  if (kind === "oauth" && refusal) {
    return `not usable with ${chosenAgent().program} ${version}`;
  }
  return tested.get(index) ?? blocked ?? problem ?? state;
}

/** Returns the next step, with its command on a line of its own. */
export async function describeNextStep(
  { agent, dir }: Pick<WizardContext, "agent" | "dir">,
  accounts: readonly Account[],
): Promise<string[]> {
  const { version, refusal } = await agent();
  const hasKey = accounts.some((it) => it.kind === "api-key");
  if (accounts.length === 0 || refusal && !hasKey) {
    return ["Next, when you have a key:", `  ${agentInvocation()} setup`];
  }
  if (version === undefined) {
    const { program, product: { install } } = chosenAgent();
    return [
      `Next, install ${program}:`,
      `  ${hasKey ? install.latest : install.forLogins}`,
    ];
  }
  const folder = dir === undefined ? "" : ` --dir ${shellWord(dir)}`;
  const prompt = '"What is the capital of France?"';
  return ["Next, try it:", `  ${agentInvocation()} exec${folder} -- ${prompt}`];
}
