import { assert, assertEquals } from "@std/assert";
import { parse, stringify } from "@std/yaml";
import { parsePlainYaml } from "../../lib/ledger/plain_yaml.ts";
import { type Random, seeded } from "../torture/random.ts";

const WRITTEN: Readonly<Record<string, Record<string, unknown>>> = {
  "a state": {
    version: 1,
    current_index: null,
    linked: true,
    order: [2, 1],
    accounts: {
      account1: {
        label: "work",
        switches_count: 0,
        last_used: "2026-11-21T08:35:00Z",
        cooldowns: [
          { until: "2026-11-21T09:35:00Z", strikes: 1, reason: "asked for" },
          { model: "qwen3-max", until: "2026-11-21T09:35:00Z", guess: true },
        ],
      },
      account2: {
        label: "仕事用のアカウント",
        blocked: "ended with qwen 0.24.4",
      },
      account3: { label: 'it\'s #1: a "test"', extra: {}, more: [] },
    },
  },
  "texts that look like something else": {
    a: "null",
    b: "True",
    c: "12",
    d: "1e3",
    e: "0x1f",
    f: "~",
    g: "- a",
    h: "yes",
    i: "",
    j: " a",
    k: "a: b",
    l: "a #b",
    m: ".inf",
    o: "2026-11-21",
    p: "a\\b",
    q: "*a",
    r: "&a",
    s: "!a",
    t: "[a]",
    u: "é",
    v: "🦕 x",
    w: "a ",
  },
};

for (const label of ["O'Brien $HOME", "R&D", "me@example.com", "a/b (c+d)"]) {
  Deno.test(`parsePlainYaml() reads the label ${label}, so that status --short is fast`, () => {
    const document = { accounts: { account1: { label } } };
    const text = stringify(document, { schema: "core", lineWidth: -1 });
    assertEquals(parsePlainYaml(text), document);
  });
}

for (const [what, document] of Object.entries(WRITTEN)) {
  Deno.test(`parsePlainYaml() reads ${what} as YAML does, or not at all`, () => {
    const text = stringify(document, { schema: "core", lineWidth: -1 });
    const plain = parsePlainYaml(text);
    if (plain) assertEquals(plain, document);
    for (const line of text.split("\n")) {
      const read = parsePlainYaml(`${line}\n`);
      if (read) assertEquals(read, parse(`${line}\n`, { schema: "core" }));
    }
  });
}

Deno.test("parsePlainYaml() reads a state with labels and cooldowns", () => {
  const { "a state": document = {} } = WRITTEN;
  const { account3: _, ...accounts } = Object(document.accounts);
  const state = { ...document, accounts };
  const text = stringify(state, { schema: "core", lineWidth: -1 });
  assertEquals(parsePlainYaml(text), state);
});

const LEFT: Readonly<Record<string, string>> = {
  "a line without a line break": "a: 1",
  "a duplicate name": "a: 1\na: 2\n",
  "an alias": "a: *b\n",
  "a comment": "# a\nb: 1\n",
  "multi-line text": "a: b\n  c\n",
  "an indentation of four blanks": "a:\n    b: 1\n",
  "a name without a value": "a:\n",
  "a block of text": "a: |\n  b\n",
  "a tab": "a:\tb\n",
  "a number in a form that we never write": "a: 1.5\nb: 012\n",
  "a reserved name": "y: 1\n",
  "a line separator": "a: 'b\u2028c'\n",
  "an escape": 'a: "\\n"\n',
  "a name that every object has": "__proto__: 1\n",
  "an item without a list": "- a\n",
  "a list at the indentation of its name": "a:\n- b\n",
  "empty text": "",
};

for (const [what, text] of Object.entries(LEFT)) {
  Deno.test(`parsePlainYaml() leaves ${what} to YAML`, () => {
    assertEquals(parsePlainYaml(text), undefined);
  });
}

const SCHEMA = { schema: "core", lineWidth: -1 } as const;

const LINES = [
  ...["a: 1", "b: 'x y'", 'c: "2026-11-21T08:35:00Z"', "d: {}", "e: null"],
  ...["f:", "  a: 1", "  b:", "    - 1", "    - a: x", "      b: true"],
  ...["g:", "  - one", "  - two", "h: it's", "i: a b", "j: 007", "k: ~"],
  ...["", "  ", "# a comment", "---", "...", "l: |", "  text", "m: &x 1"],
  ...["n: *x", "a: 2", "null: 1", "y: 1", "A: 1", "o: - 1", "- 1", "p:  1"],
  ...["q: 1 # one", "r: [1]", "s: 'a", "t: 1.5", "u: -1", "v: 0x1f", "w: a:"],
];

function randomText(random: Random): string {
  const lines = Array.from({ length: random.between(1, 7) }, () => {
    const line = LINES[random.between(0, LINES.length - 1)] ?? "";
    return random.chance(0.1) ? ` ${line}` : line;
  });
  const end = random.chance(0.05) ? "\r\n" : "\n";
  return lines.join(end) + (random.chance(0.05) ? "" : end);
}

Deno.test("parsePlainYaml() reads no text differently from YAML", () => {
  const random = seeded(1);
  let read = 0;
  for (let time = 0; time < 30_000; time++) {
    const text = randomText(random);
    const document = parsePlainYaml(text);
    if (document === undefined) continue;
    read++;
    assertEquals(document, parse(text, SCHEMA), JSON.stringify(text));
  }
  assert(read > 500, `only ${read} were read`);
});
