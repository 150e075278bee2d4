import { isBrokenPipe } from "./streams.ts";
import { messageOf } from "../runtime/message_of.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import { parseLabel } from "./parse_label.ts";
import type { Dialog } from "./wizard_dialog.ts";
import { DialogEndedError } from "./wizard_keyboard.ts";

/**
 * Does `action`, and asks what to call each account that is new then; returns
 * the numbers of those. An account that was there keeps its label.
 */
export async function labelingNew(
  dialog: Dialog,
  accounts: AccountManager,
  action: () => Promise<void>,
): Promise<number[]> {
  const before = new Set(await indicesOf(accounts));
  await action();
  const added = (await indicesOf(accounts)).filter((it) => !before.has(it));
  for (const index of added) await askLabel(dialog, accounts, index);
  return added;
}

/** Asks for the label of account `index`; an empty answer keeps what it has. */
async function askLabel(
  dialog: Dialog,
  accounts: AccountManager,
  index: number,
): Promise<void> {
  const names = await accounts.nameAccounts();
  const present = names.find((it) => it.index === index)?.label;
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

async function indicesOf(accounts: AccountManager): Promise<number[]> {
  return (await accounts.nameAccounts()).map((it) => it.index);
}
