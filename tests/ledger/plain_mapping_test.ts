import { assert, assertEquals } from "@std/assert";
import { parse, stringify } from "@std/yaml";
import {
  formatPlainMapping,
  parsePlainMapping,
} from "../../lib/ledger/plain_mapping.ts";
import { TIME } from "../support/account_folder.ts";
import { seeded } from "../torture/random.ts";

const SCHEMA = { schema: "core", lineWidth: -1 } as const;

Deno.test("formatPlainMapping() writes what parsePlainMapping() reads, as YAML does both", () => {
  const mapping = { version: 1, a_b: 0, last: null, when: TIME, linked: true };
  const text = formatPlainMapping(mapping);
  assertEquals(text, stringify(mapping, SCHEMA).replaceAll("'", '"'));
  assertEquals(parsePlainMapping(text ?? ""), mapping);
  assertEquals(parsePlainMapping("accounts: {}\n"), { accounts: {} });
});

for (
  const value of [
    ...[-1, -0, 1.5, 1e15, NaN, false, undefined, "", "text", `${TIME}\n`],
    ...[{}, [], 5n],
  ]
) {
  const shown = typeof value === "object" ? JSON.stringify(value) : `${value}`;
  Deno.test(`formatPlainMapping() leaves ${JSON.stringify(shown)} to YAML`, () => {
    assertEquals(formatPlainMapping({ version: 1, value }), undefined);
  });
}

Deno.test("formatPlainMapping() leaves a name that YAML has to quote to it", () => {
  const names = ["null", "true", "false", "yes", "off", "y", "a b", "", "a: b"];
  for (const name of [...names, "1", "a".repeat(1_025)]) {
    assertEquals(formatPlainMapping({ [name]: 1 }), undefined, name);
  }
  const text = formatPlainMapping({ only: 1, yes_: 2 });
  assertEquals(text, stringify({ only: 1, yes_: 2 }, SCHEMA));
});

const NAMES = ["version", "a_b", "null", "true", "false_one", "__proto__", "A"];

const VALUES = [
  ...["0", "5", "007", "-1", "1.5", "0x10", "0o7", "1_000", "999999999999999"],
  ...["9999999999999999", "null", "true", "false", "~", "yes", ".inf", "{}"],
  ...[
    "{ }",
    "[]",
    `'${TIME}'`,
    `"${TIME}"`,
    TIME,
    "''",
    "'it''s'",
    "'a b'",
    '"a"',
    "text",
  ],
  ...["&a 1", "*a", "!!str 1", "1 # one", "|", ">", "@", "'open", "'\t'"],
];

const ENDS = ["\n", "\n", "\n", "\n", "\r\n", " \n", "\n\n", ""];

Deno.test("parsePlainMapping() reads nothing differently from YAML", () => {
  const random = seeded(1);
  const pick = (all: readonly string[]) =>
    all[random.between(0, all.length - 1)] ?? "";
  let taken = 0;
  for (let time = 0; time < 30_000; time++) {
    const lines = Array.from(
      { length: random.between(0, 3) },
      () =>
        `${pick(NAMES)}:${pick([" ", " ", ""])}${pick(VALUES)}${pick(ENDS)}`,
    );
    const text = lines.join("");
    const plain = parsePlainMapping(text);
    if (plain === undefined) continue;
    taken++;
    assertEquals(plain, parse(text, SCHEMA), JSON.stringify(text));
  }
  assert(taken > 200, `only ${taken} were taken`);
});
