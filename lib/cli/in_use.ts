import { type AccountName, nameOf } from "../account_name.ts";
import type { DisableResult } from "../accounts/disable_account.ts";

/** The result of `disable` or `enable`. */
export interface UseChange extends DisableResult {
  /** The account. */
  index: number;
  /** Whether it is disabled now. */
  disabled: boolean;
}

/** Describes the result of `disable` or `enable` in one line. */
export function describeInUse(
  { index, disabled, changed, from, active }: UseChange,
  names: readonly AccountName[],
): string {
  const state = disabled ? "disabled" : "enabled";
  const name = named(index, names);
  if (!changed) return `${name} is ${state} already`;
  const then = active === from
    ? ""
    : active === undefined
    ? "; no account is active now"
    : active === index
    ? " and active now"
    : `; ${named(active, names)} is active now`;
  return `${name} is ${state}${then}`;
}

/** The same for `--json`. */
export function inUseJson(
  { index, disabled, changed, active }: UseChange,
  names: readonly AccountName[],
): Record<string, unknown> {
  const label = names.find((it) => it.index === index)?.label ?? null;
  return { index, label, disabled, changed, active: active ?? null };
}

function named(index: number, names: readonly AccountName[]): string {
  return nameOf(index, names.find((it) => it.index === index)?.label);
}
