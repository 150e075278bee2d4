import type { AccountManager } from "../rotation/account_manager.ts";
import { parseLabel } from "./parse_label.ts";
import type { TakenIn } from "./take_in.ts";
import { UsageError } from "./usage_error.ts";
import type { Dialog } from "./wizard_dialog.ts";

/**
 * Says what came of a login or a key, and asks what to call a new account; of
 * one that is there the label stays.
 */
export async function tellAndLabel(
  dialog: Dialog,
  accounts: AccountManager,
  { says, result }: TakenIn,
): Promise<void> {
  await dialog.tell(says);
  const label = result?.added ? await askLabel(dialog) : undefined;
  if (result && label !== undefined) {
    await accounts.setLabel(result.index, label);
  }
}

/** Asks for a label; `undefined` for none. */
export async function askLabel(dialog: Dialog): Promise<string | undefined> {
  while (true) {
    try {
      return parseLabel(await dialog.ask("label (empty: none):"), "setup");
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      await dialog.tell(error.message);
    }
  }
}
