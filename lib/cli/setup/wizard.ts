import type { CommandContext, Flags } from "../line/command.ts";
import { EXIT } from "../exit_code.ts";
import { reportError } from "../screen/report.ts";
import { isBrokenPipe } from "../screen/streams.ts";
import { findOffers } from "./wizard_adopt.ts";
import { type Agent, lookAtAgent } from "./wizard_agent.ts";
import { Dialog } from "./wizard_dialog.ts";
import { DialogEndedError } from "./wizard_keyboard.ts";
import { labelingNew } from "./wizard_label.ts";
import { ADDING, type Step, TEST, type WizardContext } from "./wizard_steps.ts";
import { formatSummary, nextThing } from "./wizard_summary.ts";
import { invocation } from "../../program.ts";

const DONE: Step = { word: "done", summary: "finish", run: async () => {} };

/**
 * Sets up accounts in a dialog on the terminal, and prints what there is then.
 * Each step is saved when it ends, so that an interruption loses none.
 */
export async function runWizard(
  given: CommandContext<Flags>,
): Promise<number> {
  using dialog = new Dialog();
  let looking: Promise<Agent> | undefined;
  const agent = () => looking ??= lookAtAgent(given.accounts.dir);
  const tested = new Map<number, string>();
  const context = { ...given, dialog, agent, tested };
  try {
    await dialog.tell(
      "This adds your API keys and logins as accounts. Enter accepts the " +
        "answer in brackets; Ctrl-C stops, and keeps what was added.",
    );
    await dialog.tell("");
    await takeSteps(context);
  } catch (error) {
    if (!(error instanceof DialogEndedError)) throw error;
    const { length } = await given.accounts.nameAccounts();
    const saved = `${length} account${length === 1 ? "" : "s"}`;
    await dialog.tell(`Stopped. What was added is saved: ${saved}.`);
    await dialog.tell(`To continue: ${invocation()} setup`);
    return error.exitCode ?? codeFor(length);
  }
  const { accounts, print } = context;
  await accounts.readiness(); // notices have been told
  const all = await accounts.listAccounts();
  print(formatSummary(all, { tested, ...await agent() }));
  print(["", ...await nextThing(context, all)]);
  return codeFor(all.length);
}

async function takeSteps(context: WizardContext): Promise<void> {
  const { dialog, accounts } = context;
  const untested = new Set<number>();
  const take = async (action: () => Promise<void>): Promise<boolean> => {
    const added = await labelingNew(dialog, accounts, () => tryTo(action));
    for (const it of added) untested.add(it);
    await dialog.throwIfInterrupted();
    await dialog.tell("");
    return added.length > 0;
  };
  for (const offer of await findOffers(context)) await take(offer);
  let hasGoneBack = false;
  while (true) {
    const all = await accounts.listAccounts();
    const canTest = all.some((it) =>
      untested.has(it.index) && it.kind === "api-key"
    );
    const preset: Step = canTest
      ? TEST
      : all.length > 0 || hasGoneBack
      ? DONE
      : ADDING[0] ?? DONE;
    const steps = [...ADDING, ...(all.length > 0 ? [TEST] : []), DONE];
    const step: Step = await dialog.choose("What next?", steps, preset.word);
    if (step === DONE) return await dialog.tell("");
    if (step === TEST) untested.clear();
    hasGoneBack = !await take(() => step.run(context));
  }
}

/** A step that fails is told of, and others may go well. */
async function tryTo(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (error instanceof DialogEndedError || isBrokenPipe(error)) throw error;
    await reportError(error);
  }
}

function codeFor(accounts: number): number {
  return accounts > 0 ? EXIT.done : EXIT.loginNeeded;
}
