import { assert, assertEquals } from "@std/assert";
import { stringify } from "@std/yaml";
import { takePlainAccounts } from "../../../lib/ledger/plain_accounts.ts";
import { parsePlainYaml } from "../../../lib/ledger/plain_yaml.ts";
import {
  accountState,
  NEW_STATE,
  type State,
  withAccount,
} from "../../../lib/ledger/state.ts";
import { stateOf } from "../../../lib/ledger/state_document.ts";
import {
  documentOf,
  formatPlainState,
  parsePlainState,
} from "../../../lib/ledger/state_text.ts";
import {
  withDoubleQuotes,
  type Wrong,
} from "../../../lib/ledger/state_values.ts";
import { parseState } from "../../../lib/ledger/state_yaml.ts";
import { type Random, seeded } from "../../torture/random.ts";

/** Enough for a text whose plain accounts are read as a whole. */
const MANY = 60;

/** Changes of an account, most of which make it not plain. */
const CHANGES: Parameters<typeof withAccount>[2][] = [
  { lastUsed: "2026-11-21T08:35:00.007Z", switchesCount: 12 },
  { lastUsed: "2026-11-21T08:35:00Z" },
  { lastUsed: "2026-11-21T08:35:00.1Z" },
  { lastUsed: "2026-02-30T08:35:00Z" },
  { switchesCount: Number.MAX_SAFE_INTEGER },
  { label: "work: home" },
  { blocked: "login needed", blockedSince: "2026-11-21T08:35:00Z" },
  { disabled: true },
  { disabled: undefined },
  { weight: 3, turn: 5 },
  { login: { kind: "plan", owner: "a@b.example" } },
  { removed: { kind: "plan", owner: "a@b.example" } },
  { extra: { note: "mine" } },
  { extra: { nested: { a: [1, 2] } } },
];

function randomState(random: Random): State {
  let state: State = { ...NEW_STATE, currentIndex: 1, totalAccounts: MANY };
  for (let index = 1; index <= MANY; index++) {
    if (random.chance(0.1)) continue;
    const usual = {
      switchesCount: index,
      lastUsed: "2026-11-21T08:35:00.123Z",
    };
    const at = random.between(0, CHANGES.length - 1);
    const change = random.chance(0.1) ? CHANGES[at] : {};
    state = withAccount(state, index, { ...usual, ...change });
  }
  const accountsExtra = random.chance(0.2) ? { note: "mine" } : {};
  return { ...state, accountsExtra, linked: random.chance(0.5) };
}

Deno.test("formatPlainState() writes many accounts as YAML does, or not at all", () => {
  const random = seeded(1);
  let written = 0;
  for (let time = 0; time < 200; time++) {
    const state = randomState(random);
    const text = formatPlainState(state);
    if (text === undefined) continue;
    written++;
    const yaml = stringify(documentOf(state), {
      schema: "core",
      lineWidth: -1,
    });
    assertEquals(text, withDoubleQuotes(yaml));
    assertEquals(withoutUndefined(parseState(text)), withoutUndefined(state));
  }
  assert(written > 50, `only ${written} were written`);
});

/** A property without a value is the same as none. */
function withoutUndefined(state: State): State {
  const accounts = state.accounts.entries().map(([index, it]) => {
    const values = Object.entries(it).filter(([, value]) => value ?? false);
    return [index, {
      ...accountState(NEW_STATE, 0),
      ...Object.fromEntries(values),
    }] as const;
  });
  return { ...state, accounts: new Map(accounts) };
}

const LINES = [
  ...["  account7:", "  account7: {}", "  account900:", "    label: x"],
  ...["    switches_count: 1", "    last_used: null", "  note: x", "  - x"],
  ...["   b: 1", "  # a comment", "", "     c: 1", "accounts:", "linked: true"],
  ...[
    "  account8: |",
    "    cooldowns:",
    "      - until: 1",
    "    last_used: x",
  ],
  ...[
    "    - x",
    " d: 1",
    "\ta: 1",
    "    switches_count: 01",
    "order:",
    "  - 1",
  ],
];

Deno.test("parsePlainState() reads no text of many accounts differently from its lines", () => {
  const random = seeded(2);
  let read = 0;
  for (let time = 0; time < 3_000; time++) {
    const lines = (formatPlainState(randomState(random)) ?? "").split("\n");
    for (let change = random.between(0, 3); change > 0; change--) {
      const at = random.between(0, lines.length - 1);
      const line = LINES[random.between(0, LINES.length - 1)] ?? "";
      lines.splice(at, random.between(0, 2), line);
    }
    const text = lines.join("\n");
    const document = parsePlainYaml(text);
    const whole = outcomeOf((wrong) => document && stateOf(document, wrong));
    const found = outcomeOf((wrong) => parsePlainState(text, wrong));
    assertEquals(found, whole, text);
    if (document && takePlainAccounts(text)) read++;
  }
  assert(read > 200, `only ${read} were read`);
});

/** What a parser returns, with the order of the accounts and the mistakes. */
function outcomeOf(parse: (wrong: Wrong) => State | undefined) {
  const mistakes: string[] = [];
  try {
    const state = parse((mistake) => mistakes.push(mistake));
    return { state, order: [...state?.accounts.keys() ?? []], mistakes };
  } catch (error) {
    return String(error);
  }
}
