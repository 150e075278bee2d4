import type { AccountName } from "../../accounts/account.ts";
import type { AccountManager } from "../../accounts/account_manager.ts";
import { messageOf } from "../../system/message_of.ts";
import { parseLabel } from "../line/parse_label.ts";
import { isBrokenPipe } from "../screen/streams.ts";
import type { Dialog } from "./wizard_dialog.ts";
import { DialogEndedError } from "./wizard_keyboard.ts";

/**
 * Does `action`, asks for the label of each account that it added, and returns
 * the numbers of those accounts.
 */
export async function labelingNew(
  dialog: Dialog,
  accounts: AccountManager,
  action: () => Promise<void>,
): Promise<number[]> {
  const before = await accounts.nameAccounts();
  await action();
  const added = (await accounts.nameAccounts())
    .filter(({ index }) => !before.some((it) => it.index === index));
  for (const account of added) await askLabel(dialog, accounts, account);
  return added.map((it) => it.index);
}

/** Asks for the label of an account; an empty answer keeps the present one. */
async function askLabel(
  dialog: Dialog,
  accounts: AccountManager,
  { index, label: present }: AccountName,
): Promise<void> {
  const question = present === undefined
    ? "Label, a name of your choice [none]:"
    : `Label [${present}]:`;
  while (true) {
    try {
      const label = parseLabel(await dialog.ask(question), "setup");
      if (label !== undefined) await accounts.setLabel(index, label);
      return;
    } catch (error) {
      if (error instanceof DialogEndedError || isBrokenPipe(error)) throw error;
      await dialog.tell(`${messageOf(error)}. Try again.`);
    }
  }
}
