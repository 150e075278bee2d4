import { assertEquals } from "@std/assert";
import { parse, stringify } from "@std/yaml";
import { parsePlainYaml } from "../../lib/ledger/plain_yaml.ts";

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
  "no line break at its end": "a: 1",
  "a name twice": "a: 1\na: 2\n",
  "an alias": "a: *b\n",
  "a comment": "# a\nb: 1\n",
  "a text of several lines": "a: b\n  c\n",
  "an indentation of its own": "a:\n    b: 1\n",
  "nothing below a name": "a:\n",
  "a text that continues": "a: |\n  b\n",
  "a tab": "a:\tb\n",
  "a number in a form that we never write": "a: 1.5\nb: 012\n",
  "a reserved name": "y: 1\n",
  "a line separator": "a: 'b\u2028c'\n",
  "an escape": 'a: "\\n"\n',
};

for (const [what, text] of Object.entries(LEFT)) {
  Deno.test(`parsePlainYaml() leaves ${what} to YAML`, () => {
    assertEquals(parsePlainYaml(text), undefined);
  });
}
