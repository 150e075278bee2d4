import type { LoginIdentity } from "../agents/home_login.ts";
import type { Move } from "../disk/names.ts";
import { isRecord, withoutUndefined } from "../json.ts";
import { parseCooldowns } from "./cooldown_record.ts";
import type { AccountState, State } from "./state.ts";
import {
  Fields,
  isCount,
  isNothing,
  isYes,
  recordOf,
  type Wrong,
} from "./state_values.ts";

/** The newest version of `state.yaml` that this program reads. */
export const VERSION = 1;

/**
 * Reads the parsed document of a `state.yaml`. Ignores each field of the wrong
 * type, and reports it to `wrong`.
 *
 * @throws {SyntaxError} If it is not a mapping, or written by a newer program;
 * the message completes "it ...".
 */
export function stateOf(document: unknown, wrong: Wrong): State {
  const record = recordOf(document, undefined);
  const fields = new Fields(record, wrong);
  checkVersion(fields.take("version"));
  const accounts = new Map<number, AccountState>();
  const others: [string, unknown][] = [];
  const records = recordOf(fields.take("accounts"), "accounts");
  for (const [key, value] of Object.entries(records)) {
    const index = /^account([1-9]\d{0,8})$/.exec(key)?.[1];
    const name = `account ${index}`;
    if (index) accounts.set(Number(index), parseAccount(value, name, wrong));
    else others.push([key, value]);
  }
  const active = fields.count("current_index") || undefined;
  const linked = fields.take("linked");
  if (!isNothing(linked) && typeof linked !== "boolean") {
    wrong("linked is not true or false");
  }
  // Present while the active account has a key, which no link can point to.
  const hasKey = record.link_index !== undefined;
  const link = fields.count("link_index") || undefined;
  const managesPlain = isNothing(record.plain) ? undefined : true;
  const plain = fields.count("plain") || undefined;
  const pins = fields.take("pins");
  return {
    currentIndex: hasKey ? link : active,
    activeKey: hasKey ? active : undefined,
    totalAccounts: fields.count("total_accounts"),
    lastSwitch: fields.time("last_switch"),
    switchesTotal: fields.count("switches_total"),
    accounts,
    linked: linked === true,
    order: parseOrder(fields.take("order"), wrong),
    sticky: parseNamed(fields.take("sticky"), "sticky", wrong),
    ...withoutUndefined({
      plain,
      managesPlain,
      pins: isNothing(pins) ? undefined : parseNamed(pins, "pins", wrong),
      turn: fields.count("turn") || undefined,
    }),
    moving: parseMove(fields.take("moving"), wrong),
    extra: fields.rest,
    accountsExtra: Object.fromEntries(others),
    head: "",
  };
}

/** Returns the agent that a `state.yaml` with this `text` names, if any. */
export function agentIn(text: string): string | undefined {
  return /^agent: *["']?([\w-]+)/m.exec(text)?.[1];
}

/** Reads the record of one account; `name` stands for it in problems. */
export function parseAccount(
  value: unknown,
  name: string,
  wrong: Wrong,
): AccountState {
  if (!isNothing(value) && !isRecord(value)) wrong(`${name} is not a mapping`);
  const ofAccount: Wrong = (problem) => wrong(`${name}: ${problem}`);
  const fields = new Fields(isRecord(value) ? value : {}, ofAccount);
  return {
    label: fields.text("label"),
    switchesCount: fields.count("switches_count"),
    lastUsed: fields.preciseTime("last_used"),
    blocked: fields.text("blocked"),
    blockedSince: fields.preciseTime("blocked_since"),
    ...withoutUndefined({
      disabled: isYes(fields.take("disabled")) || undefined,
      weight: fields.count("weight") || undefined,
      turn: fields.count("turn") || undefined,
      leftAt: fields.preciseTime("left_at"),
    }),
    ...readLogin(fields, ofAccount),
    cooldowns: parseCooldowns(fields.take("cooldowns"), ofAccount),
    extra: fields.rest,
  };
}

const LOGIN_KINDS: readonly LoginIdentity["kind"][] = [
  "plan",
  "token",
  "api-key",
];

function readLogin(
  fields: Fields,
  wrong: Wrong,
): Pick<AccountState, "login" | "removed"> {
  const kind = fields.take("kind");
  const known = LOGIN_KINDS.find((it) => it === kind);
  const owner = fields.text("owner");
  const isRemoved = isYes(fields.take("removed"));
  if (!known || !owner) {
    fields.take("digest");
    if (owner) wrong("kind is not that of a login");
    return {};
  }
  const digest = fields.text("digest") || undefined;
  const login = withoutUndefined({ kind: known, owner, digest });
  return isRemoved ? { removed: login } : { login };
}

function checkVersion(version: unknown): void {
  if (isNothing(version)) return;
  if (!isCount(version)) {
    throw new SyntaxError("has a version that is not a count");
  }
  if (version <= VERSION) return;
  throw new SyntaxError(
    `has version ${version}, which this program is too old to read`,
  );
}

function parseMove(value: unknown, wrong: Wrong): Move | undefined {
  if (isNothing(value)) return undefined;
  const { from, to } = isRecord(value) ? value : {};
  if (isCount(from) && isCount(to) && from > 0 && to > 0) return { from, to };
  wrong("moving does not name two accounts");
  return undefined;
}

/**
 * Reads the `order` of `state.yaml`: account numbers, in the order that the
 * user prefers. Drops anything else, and reports it to `wrong`.
 */
export function parseOrder(
  value: unknown,
  wrong: Wrong = () => {},
): number[] {
  if (isNothing(value)) return [];
  const all: unknown[] = Array.isArray(value) ? value : [undefined];
  const order = all.filter((it): it is number => isCount(it) && it > 0);
  if (order.length < all.length) wrong("order is not a list of accounts");
  return [...new Set(order)];
}

/**
 * Reads the `sticky` or the `pins` of `state.yaml`, by their `name`. Drops
 * entries that do not name an account, and reports them to `wrong`.
 */
export function parseNamed(
  value: unknown,
  name: "sticky" | "pins",
  wrong: Wrong = () => {},
): Map<string, number> {
  if (isNothing(value)) return new Map();
  const all = Object.entries(isRecord(value) ? value : { "": undefined });
  const named = all.filter((it): it is [string, number] =>
    isCount(it[1]) && it[1] > 0
  );
  if (named.length < all.length) wrong(`${name} does not name accounts`);
  return new Map(named);
}
