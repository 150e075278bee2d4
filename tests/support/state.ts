/**
 * `state.yaml` as its documentation describes it, for tests that write one or
 * look into it.
 *
 * @module
 */

import { parse, stringify } from "@std/yaml";

/** A cooldown in `state.yaml`. */
export interface CooldownKeys {
  model?: string;
  until: string;
  strikes?: number;
  reason?: string;
  guess?: boolean;
  since?: string;
  probe_until?: string;
  probe_by?: string;
}

/** What `state.yaml` says about one account. */
export interface AccountKeys {
  label?: string;
  switches_count?: number;
  last_used?: string | null;
  blocked?: string;
  blocked_since?: string;
  disabled?: boolean;
  cooldowns?: CooldownKeys[];
}

/** The keys of `state.yaml`. */
export interface StateKeys {
  version?: number;
  /** The active account. */
  current_index?: number | null;
  /** The account of the link, while the active one has a key. */
  link_index?: number | null;
  total_accounts?: number;
  last_switch?: string | null;
  switches_total?: number;
  accounts?: Record<`account${number}`, AccountKeys>;
  /** Whether the live file was our link. */
  linked?: boolean;
  order?: number[];
  sticky?: Record<string, number>;
  moving?: { from: number; to: number };
}

/** Writes `state.yaml` with `keys` to `path`. */
export async function writeState(path: string, keys: StateKeys): Promise<void> {
  const text = stringify({
    version: 1,
    current_index: null,
    total_accounts: 0,
    last_switch: null,
    switches_total: 0,
    accounts: {},
    ...keys,
  }, { schema: "core", lineWidth: -1, useAnchors: false });
  await Deno.writeTextFile(path, text, { mode: 0o600 });
}

/** Reads the `state.yaml` at `path`; without one there are no keys. */
export async function readState(path: string): Promise<StateKeys> {
  try {
    const text = await Deno.readTextFile(path);
    return parse(text, { schema: "core" }) as StateKeys;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/** What `state` says about account `index`. */
export function accountKeys(state: StateKeys, index: number): AccountKeys {
  return state.accounts?.[`account${index}`] ?? {};
}

/** The same `keys` for each of `accounts`. */
export function sameFor(
  accounts: readonly number[],
  keys: AccountKeys,
): Required<Pick<StateKeys, "accounts">> {
  return {
    accounts: Object.fromEntries(accounts.map((it) => [`account${it}`, keys])),
  };
}

/** A time, epoch milliseconds, as `state.yaml` has it. */
export function stateTime(ms: number): string {
  return new Date(Math.ceil(ms / 1_000) * 1_000).toISOString()
    .replace(".000Z", "Z");
}
