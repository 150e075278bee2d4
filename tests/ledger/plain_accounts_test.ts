import { assert, assertEquals } from "@std/assert";
import { parse, stringify } from "@std/yaml";
import { takePlainAccounts } from "../../lib/ledger/plain_accounts.ts";
import { type AccountState, NEW_STATE } from "../../lib/ledger/state.ts";
import { formatState, parseState } from "../../lib/ledger/state_yaml.ts";
import { TIME } from "../support/account_folder.ts";
import { type Random, seeded } from "../torture/random.ts";

const PLAIN: AccountState = {
  label: undefined,
  switchesCount: 3,
  lastUsed: TIME,
  blocked: undefined,
  blockedSince: undefined,
  cooldowns: [],
  extra: {},
};

const COOLING: AccountState = {
  ...PLAIN,
  cooldowns: [{
    model: undefined,
    until: Date.parse("2026-11-21T08:35:01Z"),
    strikes: 2,
    reason: "quota",
    probeUntil: undefined,
    probeBy: undefined,
  }],
};

const MIXED: [number, AccountState][] = [
  [1, PLAIN],
  [2, { ...PLAIN, lastUsed: undefined }],
  [4, COOLING],
  [5, { ...COOLING, label: "it's: work\n  account9:" }],
  [6, { ...PLAIN, blocked: "login needed", blockedSince: TIME }],
  [70, PLAIN],
];

const STATE = { ...NEW_STATE, linked: true, accounts: new Map(MIXED) };

/** We never write a quoted key, so YAML reads the whole text. */
const WHOLE = '"_": 0\n';

Deno.test("takePlainAccounts() leaves only what is not a count or a time", () => {
  const state = { ...STATE, accounts: new Map(MIXED.toSpliced(3, 1)) };
  const { accounts, rest } = takePlainAccounts(formatState(state)) ?? {};
  assertEquals([...accounts ?? []].map(([it]) => it), [1, 2, 70]);
  const left: { accounts: object } = Object(parse(rest ?? ""));
  assertEquals(Object.keys(left.accounts), ["account4", "account6"]);
});

Deno.test("takePlainAccounts() takes nothing when YAML has to read the text as a whole", () => {
  assertEquals(takePlainAccounts(WHOLE + formatState(STATE)), undefined);
});

for (
  const [what, accounts] of Object.entries({
    "there are no accounts": [],
    "all are plain": MIXED.slice(0, 2),
    "none is plain": MIXED.slice(2, 5),
    "some are plain": MIXED,
    "one has further keys": [
      ...MIXED,
      [80, { ...PLAIN, extra: { color: "blue" } }],
    ] satisfies [number, AccountState][],
  })
) {
  Deno.test(`formatState() writes accounts as YAML does when ${what}`, () => {
    const text = formatState({ ...STATE, accounts: new Map(accounts) });
    const schema = { schema: "core", lineWidth: -1 } as const;
    const yaml = stringify(parse(text, schema), schema);
    const ofTime = /["'](20[\d:TZ-]+)["']/g;
    assertEquals(
      yaml.replaceAll(ofTime, "'$1'"),
      text.replaceAll(ofTime, "'$1'"),
    );
    assertEquals(parseState(text).accounts, new Map(accounts));
  });
}

Deno.test("parseState() reads a text as YAML does, whatever is changed in it", () => {
  const random = seeded(1);
  const text = formatState(STATE);
  let taken = 0;
  for (let time = 0; time < 2_000; time++) {
    const changed = change(text.split("\n"), random).join("\n");
    if (!changed.startsWith("version: 1\n")) continue; // the key continues
    const seen = outcomeOf(changed);
    assertEquals(seen, outcomeOf(WHOLE + changed), changed);
    if (takePlainAccounts(changed)?.accounts.size) taken++;
  }
  assert(taken > 500, `only ${taken} were not read as a whole`);
});

const ODD_LINES = [
  "",
  "  ",
  "# a comment",
  "  # a comment",
  "accounts:",
  "  account1:",
  "  account3: {}",
  "  account3: &it",
  "  other: 1",
  "    switches_count: 010",
  "    last_used: null",
  "    label: |",
  '    label: "one',
  "    label: it's",
  "      more of it",
  "linked: false",
  "---",
  "...",
];

function change(lines: readonly string[], random: Random): string[] {
  const changed = [...lines];
  const pick = (count: number) => random.between(0, count - 1);
  for (let left = 1 + pick(2); left > 0; left--) {
    const at = pick(changed.length);
    const line = changed[at] ?? "";
    const odd = ODD_LINES[pick(ODD_LINES.length)] ?? "";
    const others: Record<number, string[]> = {
      0: [], // removed
      1: [line, line],
      2: [odd],
      3: [line, odd],
      4: [` ${line}`],
      5: [line.slice(0, pick(line.length + 1))],
    };
    changed.splice(at, 1, ...others[pick(6)] ?? []);
  }
  return changed;
}

function outcomeOf(text: string): unknown {
  try {
    const { accounts, extra, ...state } = parseState(text);
    const { _, ...others } = extra;
    const head = "";
    return {
      ...state,
      head,
      extra: others,
      accounts: new Map([...accounts].sort()),
    };
  } catch (error) {
    if (error instanceof SyntaxError) return "refused";
    throw error;
  }
}
