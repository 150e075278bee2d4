import { type AccountName, shortName } from "../account_name.ts";
import { LoginNeededError } from "../errors.ts";
import { chosenAgent } from "../agents/registry.ts";
import { usualRoot } from "../disk/layout.ts";
import { agentInvocation, invocation } from "../program.ts";
import { foldedLabel } from "../ledger/labels.ts";
import type { Snapshot } from "../vault/snapshot.ts";
import type { System } from "../system/system.ts";
import type { Standing } from "./standing.ts";

/** Words that a shell reads unchanged. */
const PLAIN = /^[\w./@:+-]+$/;

/** Characters that a terminal does not show, so that they cannot be pasted. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** Returns the command that calls this program for the folder `root`. */
export function ownCommand(root: string, { env }: Pick<System, "env">): string {
  const self = agentInvocation();
  return root === usualRoot(chosenAgent(), { env })
    ? self
    : `${self} --dir ${shellWord(root)}`;
}

/**
 * Returns the command that makes an account usable again, or the first step to
 * that; `undefined` if it is ready or resting, or no command helps. `self` is
 * what {@linkcode ownCommand} returns.
 */
export function fixOf(
  account: AccountName & Pick<Standing, "state"> & { kind?: string },
  { all, keys, self }: {
    /** All accounts, since several may have the same label. */
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
        : account.kind === "token"
        ? `${self} add --token --replace ${word}`
        : `${self} login ${word}`;
    case "doubtful":
      return `${self} doctor`;
    default:
      return undefined;
  }
}

/**
 * Returns the name of an account for a command line, quoted for a shell: its
 * label if no other account in `all` has it, else its number.
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

/** Returns `text` as a word for a shell, quoted if necessary. */
export function shellWord(text: string): string {
  if (PLAIN.test(text)) return text;
  if (!INVISIBLE.test(text)) return `'${text.replaceAll("'", `'\\''`)}'`;
  const bytes = [...new TextEncoder().encode(text)].map((byte) => {
    const letter = String.fromCharCode(byte);
    if (PLAIN.test(letter)) return letter;
    return `\\0${byte.toString(8).padStart(3, "0")}`;
  });
  return `"$(printf %b '${bytes.join("")}')"`;
}

/** Returns the command that enables an account. */
export function hintToEnable(account: AccountName): string {
  return `${invocation()} enable ${wordFor(account)}`;
}

/**
 * Returns the error for when all `accounts` are skipped, some as `disabled`.
 */
export function noneUsable(
  accounts: readonly { index: number; label?: string | undefined }[],
  disabled: readonly AccountName[] = [],
): LoginNeededError {
  const all = accounts.map(({ index, label }) => ({ index, label }));
  const off = disabled.map(shortName).join(", ");
  const areAllOff = disabled.length > 0 && disabled.length === accounts.length;
  const names = accounts.map(({ index, label }) => label ?? `${index}`);
  const state = areAllOff
    ? `all are disabled (${off})`
    : `all are skipped (${names.join(", ")})` +
      (off === "" ? "" : `; disabled: ${off}`);
  const hint = [
    ...(areAllOff ? [] : [`${invocation()} doctor`]),
    ...disabled.slice(0, 1).map(hintToEnable),
  ].join(", or ");
  const message = `Cannot choose an account: ${state}`;
  const data = { accounts: all, disabled, hint };
  return new LoginNeededError("none-usable", message, data);
}
