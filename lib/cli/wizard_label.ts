import type { AccountManager } from "../rotation/account_manager.ts";
import type { AddResult } from "../rotation/add_account.ts";
import { parseLabel } from "./parse_label.ts";
import { UsageError } from "./usage_error.ts";
import type { Dialog } from "./wizard_dialog.ts";

/** Asks what to call a new account; of one that is there the label stays. */
export async function offerLabel(
  dialog: Dialog,
  accounts: AccountManager,
  { index, added }: AddResult,
): Promise<void> {
  const label = added ? await askLabel(dialog) : undefined;
  if (label !== undefined) await accounts.setLabel(index, label);
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
