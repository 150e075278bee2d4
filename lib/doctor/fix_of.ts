import { program } from "../program.ts";
import { foldedLabel } from "../ledger/labels.ts";
import type { Snapshot } from "../vault/snapshot.ts";
import type { System } from "../system/system.ts";
import type { AccountName } from "../accounts/account_name.ts";
import { shellWord } from "./mend.ts";
import type { Standing } from "../accounts/standing.ts";

/** The command line that calls this program for the folder `root`. */
export function ownCommand(root: string, { env }: Pick<System, "env">): string {
  const isDefault = root === `${env("HOME")}/.qwen`;
  return isDefault ? program() : `${program()} --dir ${shellWord(root)}`;
}

/**
 * The command that makes an account usable again, or the first step to that;
 * `undefined` if it is ready or resting, or no command helps. `self` is what
 * {@linkcode ownCommand} returns.
 */
export function fixOf(
  account: AccountName & Pick<Standing, "state">,
  { all, keys, self }: {
    /** Every account, for a label that several have. */
    all: readonly AccountName[];
    /** The API-key accounts. */
    keys: Snapshot["keys"];
    self: string;
  },
): string | undefined {
  const word = wordFor(account, all);
  switch (account.state) {
    case "disabled":
      return `${self} enable ${word}`;
    case "refused":
    case "login-needed":
      return keys.includes(account.index)
        ? `${self} add --replace ${word}`
        : `${self} login ${word}`;
    case "doubtful":
      return `${self} doctor`;
    default:
      return undefined;
  }
}

/**
 * What to call an account on a command line, quoted for a shell: its label, if
 * no other account in `all` has it, else its number.
 */
export function wordFor(
  { index, label }: { index: number; label?: string | undefined },
  all: readonly AccountName[] = [],
): string {
  // A number always means that account, and a dash begins a flag.
  if (label === undefined || /^(?:-|\d+$)/.test(label)) return String(index);
  const same = all.filter((it) =>
    it.label !== undefined && foldedLabel(it.label) === foldedLabel(label)
  );
  return same.length > 1 ? String(index) : shellWord(label);
}
