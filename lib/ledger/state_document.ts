import type { LoginIdentity } from "../agents/home_login.ts";
import { parseCooldowns } from "./cooldown_record.ts";
import type { AccountState, State } from "./state.ts";
import { joinTime } from "./state_time.ts";
import {
  countOf,
  isCount,
  isNothing,
  isRecord,
  isYes,
  recordOf,
  textOf,
  timeOf,
  type Wrong,
} from "./yaml_value.ts";
import type { Move } from "../disk/names.ts";

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
  const {
    version,
    current_index,
    total_accounts,
    last_switch,
    switches_total,
    accounts: records,
    linked,
    link_index,
    plain,
    order,
    sticky,
    pins,
    turn,
    moving,
    ...extra
  } = recordOf(document, undefined);
  checkVersion(version);
  const accounts = new Map<number, AccountState>();
  const others: [string, unknown][] = [];
  for (const [key, value] of Object.entries(recordOf(records, "accounts"))) {
    const index = /^account([1-9]\d{0,8})$/.exec(key)?.[1];
    const name = `account ${index}`;
    if (index) accounts.set(Number(index), parseAccount(value, name, wrong));
    else others.push([key, value]);
  }
  const active = countOf(current_index, "current_index", wrong) || undefined;
  // Present while the active account has a key, which no link can point to.
  const hasKey = link_index !== undefined;
  if (!isNothing(linked) && typeof linked !== "boolean") {
    wrong("linked is not true or false");
  }
  return {
    currentIndex: hasKey
      ? countOf(link_index, "link_index", wrong) || undefined
      : active,
    activeKey: hasKey ? active : undefined,
    ...(isNothing(plain) ? {} : {
      plain: countOf(plain, "plain", wrong) || undefined,
      managesPlain: true,
    }),
    totalAccounts: countOf(total_accounts, "total_accounts", wrong),
    lastSwitch: timeOf(last_switch, "last_switch", wrong),
    switchesTotal: countOf(switches_total, "switches_total", wrong),
    accounts,
    linked: linked === true,
    order: parseOrder(order, wrong),
    sticky: parseNamed(sticky, "sticky", wrong),
    ...(isNothing(pins) ? {} : { pins: parseNamed(pins, "pins", wrong) }),
    ...ifSome("turn", countOf(turn, "turn", wrong)),
    moving: parseMove(moving, wrong),
    extra,
    accountsExtra: Object.fromEntries(others),
    head: "",
  };
}

/** Returns the agent that a `state.yaml` with this `text` names, if any. */
export function agentIn(text: string): string | undefined {
  return /^agent: *"?([\w-]+)/m.exec(text)?.[1];
}

/** Reads the record of one account; `name` stands for it in problems. */
export function parseAccount(
  value: unknown,
  name: string,
  wrong: Wrong,
): AccountState {
  const isKnown = isNothing(value) || isRecord(value);
  if (!isKnown) wrong(`${name} is not a mapping`);
  const {
    label,
    switches_count,
    last_used,
    last_used_ms,
    blocked,
    blocked_since,
    blocked_since_ms,
    disabled,
    weight,
    turn,
    left_at,
    left_at_ms,
    kind,
    owner,
    digest,
    removed,
    cooldowns,
    ...extra
  } = isRecord(value) ? value : {};
  const ofAccount: Wrong = (problem) => wrong(`${name}: ${problem}`);
  return {
    label: textOf(label, "label", ofAccount),
    switchesCount: countOf(switches_count, "switches_count", ofAccount),
    lastUsed: joinTime(
      timeOf(last_used, "last_used", ofAccount),
      last_used_ms,
    ),
    blocked: textOf(blocked, "blocked", ofAccount),
    blockedSince: joinTime(
      timeOf(blocked_since, "blocked_since", ofAccount),
      blocked_since_ms,
    ),
    ...(isYes(disabled) ? { disabled: true } : {}),
    ...ifSome("weight", countOf(weight, "weight", ofAccount)),
    ...ifSome("turn", countOf(turn, "turn", ofAccount)),
    ...leftAtOf(joinTime(timeOf(left_at, "left_at", ofAccount), left_at_ms)),
    ...parseLogin(
      { kind, owner, digest, isRemoved: isYes(removed) },
      ofAccount,
    ),
    cooldowns: parseCooldowns(cooldowns, ofAccount),
    extra,
  };
}

function leftAtOf(leftAt: string | undefined): Pick<AccountState, "leftAt"> {
  return leftAt === undefined ? {} : { leftAt };
}

/** Returns the property `name`, unless `count` is 0, which is the default. */
function ifSome<Name extends string>(
  name: Name,
  count: number,
): Partial<Record<Name, number>> {
  return count === 0 ? {} : { [name]: count } as Record<Name, number>;
}

const LOGIN_KINDS: readonly LoginIdentity["kind"][] = [
  "plan",
  "token",
  "api-key",
];

function parseLogin(
  { kind, owner, digest, isRemoved }: {
    kind: unknown;
    owner: unknown;
    digest: unknown;
    isRemoved: boolean;
  },
  wrong: Wrong,
): Pick<AccountState, "login" | "removed"> {
  if (isNothing(kind) && isNothing(owner)) return {};
  const known = LOGIN_KINDS.find((it) => it === kind);
  const name = textOf(owner, "owner", wrong);
  if (known && name) {
    const ofTokens = textOf(digest, "digest", wrong);
    const identity = {
      kind: known,
      owner: name,
      ...(ofTokens ? { digest: ofTokens } : {}),
    };
    return isRemoved ? { removed: identity } : { login: identity };
  }
  if (name) wrong("kind is not that of a login");
  return {};
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
