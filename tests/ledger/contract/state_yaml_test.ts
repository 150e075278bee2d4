import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parse, stringify } from "@std/yaml";
import {
  accountState,
  NEW_STATE,
  type State,
  withAccount,
  withCooldowns,
} from "../../../lib/ledger/state.ts";
import { formatState, parseState } from "../../../lib/ledger/state_yaml.ts";
import { TIME } from "../../support/account_folder.ts";
import { seeded } from "../../torture/random.ts";

/** A time between two seconds. */
const BETWEEN = "2026-11-21T08:35:00.123Z";

const STATE: State = {
  currentIndex: 2,
  activeKey: undefined,
  moving: undefined,
  totalAccounts: 3,
  lastSwitch: TIME,
  switchesTotal: 7,
  accounts: new Map([
    [2, {
      label: undefined,
      switchesCount: 4,
      lastUsed: BETWEEN,
      blocked: undefined,
      blockedSince: undefined,
      cooldowns: [],
      extra: {},
    }],
    [10, {
      label: undefined,
      switchesCount: 3,
      lastUsed: undefined,
      blocked: undefined,
      blockedSince: undefined,
      cooldowns: [],
      extra: {},
    }],
  ]),
  linked: false,
  order: [],
  sticky: new Map(),
  extra: {},
  accountsExtra: {},
  head: "",
};

Deno.test("formatState() writes the documented keys", () => {
  assertEquals(
    formatState(STATE),
    `version: 1
current_index: 2
total_accounts: 3
last_switch: "${TIME}"
switches_total: 7
accounts:
  account2:
    switches_count: 4
    last_used: "${TIME}"
    last_used_ms: 123
  account10:
    switches_count: 3
    last_used: null
`,
  );
});

for (
  const [what, state] of Object.entries({
    "a new state": NEW_STATE,
    "a state with accounts": STATE,
    "a state with a blocked account": withAccount(STATE, 10, {
      blocked: "login needed",
      blockedSince: TIME,
    }),
    "a state with the link": { ...STATE, linked: true },
    "a state with an account that is disabled": withAccount(STATE, 10, {
      disabled: true,
    }),
    "a state with an order": { ...STATE, order: [10, 2] },
  })
) {
  Deno.test(`parseState() reads ${what} that formatState() wrote`, () => {
    assertEquals(parseState(formatState(state)), state);
  });
}

const UNKNOWN = {
  "at the top": `labels: {work: [1, 2]}\n`,
  "that are dates": `since: 2026-11-21\nuntil: 2026-11-21T08:35:00Z\n`,
  "that are text but look like other types":
    `a: "1"\nb: "true"\nc: "null"\nd: "0x10"\ne: ""\nf: "# no comment"\n`,
  "that are numbers": `a: 1.5\nb: -1\nc: 1e+30\nd: 9007199254740991\n`,
  "that are empty": `a: null\nb: []\nc: {}\nd: ~\n`,
  "whose text has multiple lines": `note: |\n  first\n   second\n\n  third\n`,
  "whose text is long": `note: ${"word ".repeat(100)}end\n`,
  "that are not words": `"": 1\n"a b: c": 2\n"ü": 3\n__proto__: {a: 1}\n`,
  "below `accounts`": `accounts: {note: kept, account01: {x: 1}}\n`,
  "below `accounts` that have a meaning in JavaScript":
    `accounts: {__proto__: {a: 1}, constructor: 2}\n`,
  "of an account": `accounts:
  account1: {cooldown_until: 2026-11-21T09:00:00Z, label: work}\n`,
};

for (const [which, yaml] of Object.entries(UNKNOWN)) {
  Deno.test(`parseState() and formatState() keep unknown keys ${which}`, () => {
    const before = scalars(parse(yaml, { schema: "failsafe" }));
    const written = formatState(
      withAccount(parseState(yaml), 1, { lastUsed: TIME }),
    );
    const after = scalars(parse(written, { schema: "failsafe" }));
    for (const [path, value] of before) assertEquals(after.get(path), value);
  });
}

const HEADS = {
  "of one line": "# kept by hand\n",
  "before ---": "# one\n---\n",
  "on the line of ---": "--- # one\n",
  "after ---": "---\n\n# one\n# two\n",
  "around --- with a directive": "%YAML 1.2\n# one\n---\n# two\n",
  "of several lines": "# one\n\n#two: 2\n  # three\n",
};

for (const [what, head] of Object.entries(HEADS)) {
  Deno.test(`parseState() and formatState() keep a comment ${what} at the head`, () => {
    const text = head + formatState(STATE);
    assertEquals(parseState(text), { ...STATE, head });
    const written = formatState(
      withAccount(parseState(text), 1, { lastUsed: TIME }),
    );
    assertEquals(written.startsWith(`${head}version: 1\n`), true);
  });
}

Deno.test("formatState() writes no time with milliseconds", () => {
  const cooldown = {
    model: undefined,
    until: Date.parse(BETWEEN),
    strikes: 1,
    reason: "quota",
    probeUntil: Date.parse(BETWEEN),
    probeBy: "boot/1/2/3",
  };
  const blocked = withAccount({ ...STATE, lastSwitch: BETWEEN }, 10, {
    lastUsed: BETWEEN,
    blocked: "login needed",
    blockedSince: BETWEEN,
  });
  const text = formatState(withCooldowns(blocked, 2, [cooldown]));
  const times = [...text.matchAll(/\d{4}-\d\d-.*$/gm)].map(([it]) => it);
  const whole = /^2026-11-21T08:35:0[01]Z"$/;
  assertEquals(times.filter((it) => !whole.test(it)), []);
  assertEquals(times.length, 6);
  assertEquals(accountState(parseState(text), 10).blockedSince, BETWEEN);
});

Deno.test("parseState() reads missing keys as those of a new state", () => {
  assertEquals(parseState("current_index: 3\n"), {
    ...NEW_STATE,
    currentIndex: 3,
  });
});

Deno.test("parseState() reads times that are null", () => {
  const yaml = `last_switch: null
accounts:
  account1: {switches_count: 0, last_used: ~}
`;
  const state = parseState(yaml);
  assertEquals(state.lastSwitch, undefined);
  assertEquals(accountState(state, 1).lastUsed, undefined);
});

Deno.test("formatState() writes pins after parseState() read pins that are null", () => {
  const state = parseState("version: 1\npins:\nsticky:\n");
  const pins = new Map([["/work", 2]]);
  const text = formatState({ ...state, pins });
  assertEquals(parseState(text).pins, pins);
});

Deno.test("parseState() reads times without quotes", () => {
  assertEquals(parseState(`last_switch: ${TIME}\n`).lastSwitch, TIME);
});

Deno.test("parseState() reads lines that end with CRLF", () => {
  const text = formatState(STATE).replaceAll("\n", "\r\n");
  assertEquals(parseState(text), STATE);
});

const UNUSABLE = {
  "it is empty": ["", "is not a mapping"],
  "it is only a comment": ["# nothing\n", "is not a mapping"],
  "it is a list": ["- 1\n", "is not a mapping"],
  "it is text": ["hello\n", "is not a mapping"],
  "it is not YAML": ["a: [1\n", "is not valid YAML"],
  "it contains NUL": ["current_index: 1\n\0\0\0", "is not valid YAML"],
  "it is two documents": ["a: 1\n---\na: 2\n", "is not valid YAML"],
  "a key appears twice": ["a: 1\na: 2\n", "column 1)"],
  "its version is from the future": ["version: 2\n", "has version 2, "],
  "the version is not a number": [
    "version: new\n",
    "a version that is not a count",
  ],
  "the accounts are a list": [
    "accounts: [1]\n",
    "accounts that is not a mapping",
  ],
} as const;

for (const [when, [text, problem]] of Object.entries(UNUSABLE)) {
  Deno.test(`parseState() throws when ${when}`, () => {
    assertThrows(() => parseState(text), SyntaxError, problem);
  });
}

const UNTIL = "until: 2026-11-21T08:35:01Z";

/** Text in the file, and the message about it. */
const WRONG_FIELDS: Record<string, string> = {
  "current_index: two": "current_index is not a count",
  "current_index: -1": "current_index is not a count",
  "current_index: 1.5": "current_index is not a count",
  "link_index: [1]": "link_index is not a count",
  "total_accounts: many": "total_accounts is not a count",
  "switches_total: .inf": "switches_total is not a count",
  "last_switch: 1": "last_switch is not a time",
  "linked: 7": "linked is not true or false",
  "order: 3, 1": "order is not a list of accounts",
  "order: [3, x]": "order is not a list of accounts",
  "sticky: [1]": "sticky does not name accounts",
  "sticky: {/a: x}": "sticky does not name accounts",
  "moving: {from: 1}": "moving does not name two accounts",
  "accounts: {account1: x}": "account 1 is not a mapping",
  "accounts: {account1: {label: [a]}}": "account 1: label is not text",
  "accounts: {account1: {switches_count: x}}":
    "account 1: switches_count is not a count",
  "accounts: {account1: {last_used: soon}}":
    "account 1: last_used is not a time",
  "accounts: {account1: {blocked: {a: 1}}}": "account 1: blocked is not text",
  "accounts: {account1: {blocked_since: 7}}":
    "account 1: blocked_since is not a time",
  "accounts: {account1: {cooldowns: soon}}":
    "account 1: cooldowns is not a list",
  "accounts: {account1: {cooldowns: [x]}}":
    "account 1: a cooldown is not a mapping",
  "accounts: {account1: {cooldowns: [{}]}}":
    "account 1: a cooldown has no until",
  "accounts: {account1: {cooldowns: [{until: soon}]}}":
    "account 1: until is not a time",
  [`accounts: {account1: {cooldowns: [{${UNTIL}, strikes: x}]}}`]:
    "account 1: strikes is not a count",
  [`accounts: {account1: {cooldowns: [{${UNTIL}, guess: 7}]}}`]:
    "account 1: guess is not true or false",
  [`accounts: {account1: {cooldowns: [{${UNTIL}, probe_until: 7}]}}`]:
    "account 1: probe_until is not a time",
};

for (const [field, problem] of Object.entries(WRONG_FIELDS)) {
  Deno.test(`parseState() ignores only the field in "${field}"`, () => {
    const [key = ""] = field.split(":");
    const inOne = key === "accounts";
    const others = formatState(STATE).split("\n")
      .filter((it) => inOne || !it.startsWith(key))
      .map((it) =>
        inOne && it === "accounts:"
          ? `accounts:\n  account1: ${inner(field)}`
          : it
      );
    const text = others.join("\n") + (inOne ? "" : `${field}\n`);
    const mistakes: string[] = [];
    const state = parseState(text, (it) => void mistakes.push(it));
    assertEquals(new Set(mistakes), new Set([problem]));
    const without = new Map(state.accounts);
    if (inOne) without.delete(1);
    assertEquals(without, new Map(STATE.accounts));
    if (key !== "switches_total") {
      assertEquals(state.switchesTotal, STATE.switchesTotal);
    }
  });
}

/** The parsed account for `accounts: {account1: ...}`. */
function inner(field: string): string {
  return field.slice("accounts: {account1: ".length, -1);
}

Deno.test("parseState() reads a label and a reason that are numbers as text", () => {
  const text = "accounts: {account1: {label: 7, blocked: 1}}\n";
  const { label, blocked } = accountState(parseState(text), 1);
  assertEquals([label, blocked], ["7", "1"]);
});

/** Every value that is not a mapping, as written in the text, by its path. */
function scalars(value: unknown, path = ""): Map<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return new Map([[path, plain(value)]]);
  }
  const found = new Map<string, unknown>([[path, {}]]);
  for (const [key, inner] of Object.entries(value)) {
    for (const [at, it] of scalars(inner, `${path}/${key}`)) found.set(at, it);
  }
  return found;
}

/** YAML has several words for null. */
function plain(value: unknown): unknown {
  return value === "~" ? "null" : value;
}

Deno.test("formatState() writes an active API-key account as the current one, and the account of the link beside it", () => {
  const text = formatState({ ...STATE, activeKey: 5 });
  assertStringIncludes(text, "current_index: 5\nlink_index: 2\n");
  assertEquals(parseState(text), { ...STATE, activeKey: 5 });
});

Deno.test("parseState() reads an active API-key account without a link", () => {
  const state = { ...STATE, currentIndex: undefined, activeKey: 5 };
  assertEquals(parseState(formatState(state)), state);
});

Deno.test("formatState() does not name the link when no API-key account is active", () => {
  assertEquals(formatState(STATE).includes("link_index"), false);
});

const SCHEMA = { schema: "core", lineWidth: -1 } as const;

const TEXTS = [
  ...["work", "R&D", "me@example.com", "it's", "a: b", "a:b", "#1", "", " a"],
  ...["a ", "null", "Yes", "12", "007", "1e3", "-", "- a", "[a]", "{a}", "*a"],
  ...["仕事", "🦕 x", "é", "a\nb", "a\tb", "\u2028", "\ufeffa", '"a"', "a\\b"],
  ...[TIME, "2026-11-21", "~", "?", "a, b", "a?", "a!", "%a", "@a", "`a`"],
] as const;

/** Puts all times in the same quotes. */
function withSameQuotes(yaml: string): string {
  return yaml.replaceAll(/["'](20[\d:TZ-]+)["']/g, "'$1'");
}

Deno.test("formatState() writes every state as stringify() does", () => {
  const random = seeded(1);
  const text = () => TEXTS[random.between(0, TEXTS.length - 1)] ?? "";
  const some = <T>(value: T) => random.chance(0.5) ? value : undefined;
  for (let time = 0; time < 2_000; time++) {
    const account = () => ({
      label: some(text()),
      switchesCount: random.between(0, 3),
      lastUsed: random.pick([undefined, TIME, BETWEEN]),
      blocked: some(text()),
      blockedSince: some(TIME),
      cooldowns: [{
        model: some(text()),
        until: Date.parse(TIME),
        strikes: random.between(0, 2),
        reason: text(),
        probeUntil: some(Date.parse(TIME)),
        probeBy: some(text()),
      }].slice(random.between(0, 1)),
      extra: random.chance(0.1) ? { [text()]: [[], {}, [1, [text()]]] } : {},
    });
    const shared = [text()];
    const state = {
      ...STATE,
      accounts: new Map([[1, account()], [2, account()]]),
      sticky: new Map(random.chance(0.3) ? [[text(), 1]] : []),
      order: random.chance(0.3) ? [2, 1] : [],
      extra: random.chance(0.1) ? { a: shared, b: shared } : {},
    };
    const written = formatState(state);
    assertEquals(
      withSameQuotes(stringify(parse(written, SCHEMA), SCHEMA)),
      withSameQuotes(written),
    );
    const { accounts } = parseState(written);
    assertEquals(formatState({ ...state, accounts }), written);
  }
});
