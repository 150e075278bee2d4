import { assertEquals } from "@std/assert";
import { parseState, salvageState } from "../../../lib/ledger/state_yaml.ts";

for (const text of ["order: [3, 1]\n", "order:\n  - 3\n  - 1\n"]) {
  Deno.test(`parseState() and salvageState() read ${JSON.stringify(text)}`, () => {
    assertEquals(parseState(text).order, [3, 1]);
    assertEquals(salvageState(`${text}\t- {\n`).order, [3, 1]);
  });
}

Deno.test("salvageState() ignores an order that is cut within a number", () => {
  assertEquals(salvageState("order:\n  - 3\n  - 1").order, [3]);
  assertEquals(salvageState("order: [3, 1").order, []);
});

Deno.test("salvageState() reads which accounts are disabled", () => {
  const text = "accounts:\n  account2:\n    disabled: true\n\t- {\n";
  assertEquals(salvageState(text).accounts.get(2)?.disabled, true);
});

const DISABLED: [text: string, disabled: true | undefined][] = [
  ["true", true],
  ["yes", true],
  ["maybe", true],
  ["1", true],
  ["false", undefined],
  ["no", undefined],
  ["'Off'", undefined],
  ["0", undefined],
  ["null", undefined],
];

for (const [text, disabled] of DISABLED) {
  Deno.test(`parseState() reads "disabled: ${text}" as ${!!disabled}`, () => {
    const state = `accounts:\n  account2:\n    disabled: ${text}\n`;
    assertEquals(parseState(state).accounts.get(2)?.disabled, disabled);
  });
}

Deno.test("salvageState() reads the pins that are intact", () => {
  const text = `pins:
  /home/ada/work: 2
  '/home/ada/a: b': 3
  /home/ada/cut: {
accounts:
`;
  const { pins } = salvageState(text);
  assertEquals(pins, new Map([["/home/ada/work", 2], ["/home/ada/a: b", 3]]));
});
