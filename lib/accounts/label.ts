import { CONTROLS } from "../system/controls.ts";
import { AccountError } from "../errors.ts";
import { invocation } from "../program.ts";
import { findPreset } from "../agents/presets.ts";
import { foldedLabel } from "../ledger/labels.ts";
import type { Locked } from "../vault/locked.ts";
import { nameAccounts } from "../vault/account_name.ts";
import { accountState } from "../ledger/state.ts";
import { requireAccount } from "./switch_account.ts";
import type { AccountName } from "../account_name.ts";

/** Longer labels made from host names are cut. */
const MOST_LETTERS = 32;

/** Second-level domains below which names are registered, as in `co.uk`. */
const SHARED = /^(?:ac|co|com|edu|gov|net|org)$/;

/**
 * Returns `label` as it is stored, or `undefined` if it is blank. No two
 * accounts have the same one.
 *
 * @throws {AccountError} If account `index` cannot have it: another account has
 * it, it is a number, or it has a control character.
 */
export function checkLabel(
  label: string | undefined,
  accounts: readonly AccountName[],
  index?: number,
): string | undefined {
  const text = label?.trim();
  if (!text) return undefined;
  if (text.search(CONTROLS) >= 0) {
    throw invalidLabel(text, "has a control character");
  }
  if (isNumeric(text)) throw invalidLabel(text, "is a number");
  const wanted = foldedLabel(text);
  const other = accounts.find((it) =>
    it.index !== index && it.label !== undefined &&
    foldedLabel(it.label) === wanted
  );
  if (!other) return text;
  throw invalidLabel(text, `is the label of account ${other.index}`, {
    hint: "choose another one, or first: " +
      `${invocation()} label ${other.index} --unset`,
  });
}

function invalidLabel(
  label: string,
  problem: string,
  { hint = "a label is a name of your choice, such as work" } = {},
): AccountError {
  const message = `Cannot use the label "${label}": it ${problem}`;
  return new AccountError("invalid-label", message, { hint });
}

/** Whether a label would be mistaken for the number of an account. */
export function isNumeric(label: string): boolean {
  return /^\d+$/.test(foldedLabel(label));
}

/** How to choose a label. */
export interface LabelOptions {
  /** The label that the user wants. @default any */
  asked?: string | undefined;
  /** The label of a new account. @default the name of the agent */
  usual?: string | undefined;
  /** Whether the account is new. @default whether it does not exist yet */
  isNew?: boolean | undefined;
}

/**
 * Chooses the label of account `index`: `asked`, if given; else an existing
 * account keeps its label. A restored account gets the label that it had, and a
 * new one `usual`, with a number if that is taken.
 *
 * @throws {AccountError} If it cannot have the label `asked`.
 */
export function chooseLabel(
  locked: Pick<Locked, "layout" | "slots" | "keys" | "state">,
  index: number,
  { asked, usual = locked.layout.agent.program, isNew }: LabelOptions = {},
): string | undefined {
  const { accounts } = locked.state;
  const present = nameAccounts(locked);
  const checked = checkLabel(asked, present, index);
  if (checked !== undefined) return checked;
  const before = accounts.get(index)?.label;
  const others = present.filter((it) => it.index !== index);
  if (!(isNew ?? others.length === present.length)) return before;
  // A removed account may come back, so a new one does not take its label.
  const known = before === undefined ? accounts.values() : others;
  const taken = new Set([...known].map((it) => foldedLabel(it.label ?? "")));
  const name = before ?? usual;
  let label = name;
  for (let n = 2; taken.has(foldedLabel(label)); n++) label = `${name}-${n}`;
  return label;
}

/**
 * Returns the label of a new account with a key for `baseUrl`: the name of the
 * preset, else the registered name of the host, such as `example` for
 * `api.example.com`.
 */
export function labelOfService(baseUrl: string): string {
  const preset = findPreset(baseUrl);
  if (preset) return preset.name;
  const host = URL.parse(baseUrl)?.hostname ?? "";
  if (/^[\d.]+$|:/.test(host)) return "key"; // an address has no name
  const parts = host.split(".").filter((it) => it !== "");
  const last = parts.length - 1;
  const at = SHARED.test(parts[last - 1] ?? "") ? last - 2 : last - 1;
  const name = parts[Math.max(at, 0)] ?? "";
  return name === "" || isNumeric(name) ? "key" : name.slice(0, MOST_LETTERS);
}

/**
 * Sets the label of account `index`; `undefined` removes it.
 *
 * @throws The errors of {@linkcode AccountManager.setLabel}.
 */
export function setLabel(
  locked: Locked,
  index: number,
  label: string | undefined,
): void {
  requireAccount(locked, index);
  const after = checkLabel(label, nameAccounts(locked), index);
  const { label: before } = accountState(locked.state, index);
  locked.ledger.setLabel(index, after);
  if (after === before) return;
  const change = after === undefined
    ? `${before} -> none`
    : before === undefined
    ? after
    : `${before} -> ${after}`;
  locked.record({
    event: "account_labelled",
    from: index,
    reason: `asked for: ${change}`,
  });
}
