import { runtime } from "../runtime/mod.ts";
import { problemOfGivenKey } from "../store/given_key.ts";
import { describeAddedKey } from "./added_key.ts";
import type { CommandContext, Flags } from "./command.ts";
import { login } from "./commands/login.ts";
import { nameOf } from "../rotation/account_name.ts";
import { takeInLogin } from "./take_in.ts";
import { verifyAccount } from "./verify_account.ts";
import type { Dialog } from "./wizard_dialog.ts";
import { askLabel, tellAndLabel } from "./wizard_label.ts";
import { askService } from "./wizard_service.ts";

/** What the steps work with. */
export interface WizardContext extends CommandContext<Flags> {
  /** Asks the user. */
  dialog: Dialog;
}

/** A step that can be taken any number of times. */
export interface Step {
  /** What it does, for the menu. */
  summary: string;
  /** Does it; what it does is saved when it ends. */
  run: (context: WizardContext) => Promise<void>;
}

/** The steps, as the menu has them. */
export const STEPS: readonly Step[] = [
  { summary: "log in with one more account", run: logIn },
  { summary: "import a credential file", run: addFile },
  { summary: "add an API key", run: addKey },
  { summary: "label an account", run: labelAccount },
  { summary: "try the accounts with their providers", run: verifyAccounts },
];

async function logIn(context: WizardContext): Promise<void> {
  const { dialog } = context;
  const label = await askLabel(dialog);
  const said: Promise<void>[] = [];
  await login.run({
    ...context,
    args: [],
    flags: { label, "no-browser": false },
    print: (lines) => {
      for (const it of [lines].flat()) said.push(dialog.tell(it));
    },
  });
  await Promise.all(said);
  await dialog.forgetTyped(); // while the login was waited for
}

async function addFile({ dialog, accounts }: WizardContext): Promise<void> {
  const answer = await dialog.ask("path of the credential file (empty: back):");
  if (answer === "") return;
  const { HOME = "~" } = runtime.host.environment();
  const path = answer.replace(/^~(?=\/)/, () => HOME);
  await tellAndLabel(dialog, accounts, await takeInLogin(accounts, path));
}

async function addKey({ dialog, accounts }: WizardContext): Promise<void> {
  const service = await askService(dialog);
  if (!service) return;
  const question = "the key, not shown (empty: back):";
  const apiKey = await dialog.askValid(question, problemOfGivenKey, {
    isHidden: true,
  });
  if (apiKey === undefined) return;
  const result = await accounts.addKey({ apiKey, ...service });
  const says = describeAddedKey("the key", result);
  await tellAndLabel(dialog, accounts, { says, result });
}

async function labelAccount({ dialog, accounts }: WizardContext) {
  const all = await accounts.listAccounts();
  const indices = all.map((it) => it.index);
  const answer = await dialog.askValid(
    `which account of ${indices.join(", ") || "none"} (empty: back):`,
    (it) => indices.map(String).includes(it) ? undefined : "is not an account",
  );
  if (answer === undefined) return;
  const index = Number(answer);
  const label = await askLabel(dialog);
  await accounts.setLabel(index, label);
  await dialog.tell(`it is ${nameOf(index, label)} now`);
}

async function verifyAccounts({ dialog, accounts }: WizardContext) {
  const question = "a key is asked for one word; a login gets new tokens, " +
    "and copies of it elsewhere end: go on?";
  if (!await dialog.confirm(question)) return;
  for (const account of await accounts.listAccounts()) {
    const says = await verifyAccount(accounts, account);
    await dialog.tell(`${nameOf(account.index, account.label)}: ${says}`);
  }
}
