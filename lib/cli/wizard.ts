import { runtime } from "../runtime/mod.ts";
import type { CommandContext, Flags } from "./command.ts";
import { list } from "./commands/list.ts";
import { EXIT } from "./exit_code.ts";
import { reportError } from "./report.ts";
import { profileLine } from "./shell_profile.ts";
import { isBrokenPipe } from "./streams.ts";
import { describeAccounts, findOffers } from "./wizard_adopt.ts";
import { Dialog } from "./wizard_dialog.ts";
import { DialogEndedError } from "./wizard_keyboard.ts";
import { STEPS, type WizardContext } from "./wizard_steps.ts";

/**
 * Sets up accounts in a dialog on the terminal, and prints what there is then.
 * Each step is saved when it ends, so that an interruption loses none.
 */
export async function runWizard(
  context: CommandContext<Flags>,
): Promise<number> {
  using dialog = new Dialog();
  const { accounts, dir, print } = context;
  try {
    for (const offer of await findOffers(dialog, accounts)) {
      await tryTo(offer);
      await dialog.throwIfInterrupted();
    }
    await takeSteps({ ...context, dialog });
  } catch (error) {
    if (!(error instanceof DialogEndedError)) throw error;
    const present = await describeAccounts(accounts);
    await dialog.tell(`ended early: what was finished is kept; ${present}`);
    return error.exitCode ?? await codeOf(context);
  }
  await list.run({ ...context, flags: { json: false, schema: false } });
  const code = await codeOf(context);
  if (code !== EXIT.done) return code;
  const folder = dir === undefined ? undefined : accounts.dir;
  const { file, line } = profileLine(runtime.host.environment(), folder);
  print(["", `to use them as "qwen", put this line into ${file}:`]);
  print(`  ${line}`);
  return code;
}

async function takeSteps(context: WizardContext): Promise<void> {
  while (true) {
    const step = await context.dialog.choose("what next?", [
      ...STEPS,
      { summary: "nothing more", run: undefined },
    ]);
    const { run } = step;
    if (!run) return;
    await tryTo(() => run(context));
    await context.dialog.throwIfInterrupted();
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

async function codeOf({ accounts }: CommandContext<Flags>): Promise<number> {
  const { length } = await accounts.readiness(); // notices have been told
  return length > 0 ? EXIT.done : EXIT.loginNeeded;
}
