import { importable } from "../line/agent_words.ts";
import { messageOf } from "../../system/message_of.ts";
import type { CommandContext, Flags } from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { parseLabel } from "../line/parse_label.ts";
import { reportError } from "../screen/report.ts";
import { isBrokenPipe } from "../screen/streams.ts";
import { findOffers } from "./wizard_offers.ts";
import {
  ADDING,
  canTest,
  type InstalledAgent,
  lookAtAgent,
  type Step,
  TEST,
  type WizardContext,
} from "./wizard_steps.ts";
import { Dialog } from "./wizard_dialog.ts";
import { describeNextStep, formatSummary } from "./wizard_summary.ts";
import { invocation } from "../../program.ts";
import type { AccountName } from "../../account_name.ts";
import { chosenAgent } from "../../agents/registry.ts";
import { settingKey } from "../../setting_lookup.ts";
import { saveSetting } from "../settings/config_file.ts";
import { loadSettings } from "../settings/settings.ts";

const DONE: Step = { word: "done", summary: "finish", run: async () => {} };

/**
 * Sets up accounts in a dialog on the terminal and prints a summary. Each step
 * is saved when it ends, so that an interruption loses none.
 */
export async function runWizard(
  given: CommandContext<Flags>,
): Promise<number> {
  using dialog = new Dialog();
  let looking: Promise<InstalledAgent> | undefined;
  const agent = () => looking ??= lookAtAgent(given.accounts.dir);
  const tested = new Map<number, string>();
  const context = { ...given, dialog, agent, tested };
  try {
    await dialog.tell(
      `This adds your API ${importable()} as accounts. Enter accepts the ` +
        "answer in brackets; Ctrl-C stops, and keeps what was added.",
    );
    await dialog.tell("");
    await runSteps(context);
  } catch (error) {
    if (!dialog.isEnd(error)) throw error;
    const { length } = await given.accounts.nameAccounts();
    const saved = `${length} account${length === 1 ? "" : "s"}`;
    await dialog.tell(`Stopped. What was added is saved: ${saved}.`);
    await dialog.tell(`To continue: ${invocation()} setup`);
    return dialog.exitCode ?? codeFor(length);
  }
  const { accounts, print } = context;
  await accounts.readiness(); // shows notices before the summary
  const all = await accounts.listAccounts();
  print(formatSummary(all, { tested, ...await agent() }));
  print(["", ...await describeNextStep(context, all)]);
  return codeFor(all.length);
}

async function runSteps(context: WizardContext): Promise<void> {
  const { dialog, accounts } = context;
  const untested = new Set<number>();
  const runAndLabel = async (action: () => Promise<void>): Promise<boolean> => {
    const before = await accounts.nameAccounts();
    await runStep(action, context);
    const added = (await accounts.nameAccounts())
      .filter(({ index }) => !before.some((it) => it.index === index));
    for (const account of added) {
      await askLabel(account, context);
      untested.add(account.index);
    }
    if (added.length > 0) {
      await runStep(() => askAboutRotation(context), context);
    }
    await dialog.throwIfInterrupted();
    await dialog.tell("");
    return added.length > 0;
  };
  for (const offer of await findOffers(context)) await runAndLabel(offer);
  let hasGoneBack = false;
  while (true) {
    const all = await accounts.listAccounts();
    const hasNewKey = all.some((it) =>
      untested.has(it.index) && it.kind === "api-key"
    );
    const preset: Step = hasNewKey
      ? TEST
      : all.length > 0 || hasGoneBack
      ? DONE
      : ADDING[0] ?? DONE;
    const steps = [...ADDING, ...(all.some(canTest) ? [TEST] : []), DONE];
    const step: Step = await dialog.choose("What next?", steps, preset.word);
    if (step === DONE) return await dialog.tell("");
    if (step === TEST) untested.clear();
    hasGoneBack = !await runAndLabel(() => step.run(context));
  }
}

/** Asks for the label of an account; an empty answer keeps the current one. */
async function askLabel(
  { index, label: present }: AccountName,
  { dialog, accounts }: Pick<WizardContext, "dialog" | "accounts">,
): Promise<void> {
  const question = present === undefined
    ? "Label, a name of your choice [none]:"
    : `Label [${present}]:`;
  while (true) {
    try {
      const label = parseLabel(await dialog.ask(question));
      if (label !== undefined) await accounts.setLabel(index, label);
      return;
    } catch (error) {
      if (dialog.isEnd(error) || isBrokenPipe(error)) throw error;
      await dialog.tell(`${messageOf(error)}. Try again.`);
    }
  }
}

/** Reports the failure of a step, so that others can follow. */
async function runStep(
  action: () => Promise<void>,
  context: WizardContext,
): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (context.dialog.isEnd(error) || isBrokenPipe(error)) throw error;
    await reportError(error);
  }
}

function codeFor(accounts: number): number {
  return accounts > 0 ? EXIT.done : EXIT.loginNeeded;
}

const SETTING = "rotate-logins";

/**
 * Asks once whether rotation may switch between plan logins, when there are
 * several: shows what the terms say and where, and saves the answer. Asks
 * nothing if the user has set it, or if the agent has no such logins.
 */
async function askAboutRotation(
  { dialog, accounts }: Pick<WizardContext, "dialog" | "accounts">,
): Promise<void> {
  const { homes, program } = chosenAgent();
  if (!homes.login) return;
  const all = await accounts.listAccounts();
  const logins = all.filter((it) => it.kind !== "api-key");
  if (logins.length < 2) return;
  const { dir } = accounts;
  const { origins } = await loadSettings({ dir });
  if (origins[SETTING].from !== "default") return;

  const { says, sources } = homes.login.terms;
  await dialog.tell("");
  await dialog.tell(
    `You have ${logins.length} plan logins of ${program}. When one is at its ` +
      "limit, exec stops and says how to switch to another one. It can also " +
      "switch automatically. The terms decide whether you may do that:",
  );
  for (const it of says) await dialog.tell(it, { first: "- ", hang: "  " });
  for (const it of sources) await dialog.tell(it, { first: "  ", hang: "  " });
  await dialog.tell(
    "This is not legal advice, and we may have missed something.",
  );
  const value = await dialog.confirm(
    "Switch between your plan logins automatically?",
    { preset: false },
  );
  await saveSetting(dir, SETTING, value);
  await dialog.tell(
    `Saved. To change it: ${invocation()} config set ${
      settingKey(SETTING)
    } ${!value}`,
  );
}
