import { assertEquals } from "@std/assert";
import { checkTest, checkTests } from "../../scripts/check_tests.ts";
import { CHECKOUT } from "../support/checkout.ts";

/** What every file of `lib/` has in these tests. */
const TEXT = `export function weigh() {}
export async function save() {}
export class Scale {}
`;

interface Case {
  file: string;
  source: string;
  /** @default none */
  expected?: string;
}

const SLOTS =
  'import { weigh } from "../../lib/vault/logins/credential_file.ts";';

const CASES: Record<string, Case> = {
  "the entry points of the package": {
    file: "tests/accounts/a_test.ts",
    source: 'import { AccountManager } from "../../lib/mod.ts";',
  },
  "other folders of the library": {
    file: "tests/accounts/a_test.ts",
    source: 'import { layoutAt } from "../../lib/disk/layout.ts";',
  },
  "a guarded file, in the torture suite": {
    file: "tests/torture/a_test.ts",
    source: SLOTS,
  },
  "a guarded file, in the contract suite of its folder": {
    file: "tests/vault/contract/a_test.ts",
    source:
      'import { save } from "../../../lib/vault/logins/credential_file.ts";',
  },
  "a guarded file, in the contract suite of another folder": {
    file: "tests/ledger/contract/a_test.ts",
    source:
      'import { save } from "../../../lib/vault/logins/credential_file.ts";',
    expected: "this test may not import lib/vault/logins/credential_file.ts",
  },
  "a pure function, in the test of its file": {
    file: "tests/vault/slots_test.ts",
    source: SLOTS,
  },
  "a pure function, in another test of its file": {
    file: "tests/vault/slots_of_keys_test.ts",
    source: SLOTS,
  },
  "a pure function, in the test of another file": {
    file: "tests/vault/slot_test.ts",
    source: SLOTS,
    expected: "this test may not import lib/vault/logins/credential_file.ts",
  },
  "a pure function, in a test with that name elsewhere": {
    file: "tests/cli/slots_test.ts",
    source: SLOTS,
    expected: "this test may not import lib/vault/logins/credential_file.ts",
  },
  "an asynchronous function, in the test of its file": {
    file: "tests/vault/slots_test.ts",
    source:
      'import { save, weigh } from "../../lib/vault/logins/credential_file.ts";',
    expected: "save of lib/vault/logins/slots.ts is not a pure function",
  },
  "a class, in the test of its file": {
    file: "tests/vault/slots_test.ts",
    source:
      'import { Scale } from "../../lib/vault/logins/credential_file.ts";',
    expected: "Scale of lib/vault/logins/slots.ts is not a pure function",
  },
  "a type of the same folder": {
    file: "tests/vault/slots_test.ts",
    source: 'import type { Found } from "../../lib/vault/found.ts";',
  },
  "a type of another folder": {
    file: "tests/vault/slots_test.ts",
    source: 'import type { State } from "../../lib/ledger/state.ts";',
    expected: "this test may not import lib/ledger/state.ts",
  },
  "a guarded file, in a file that supports tests": {
    file: "tests/support/slots.ts",
    source: SLOTS,
    expected: "this test may not import lib/vault/logins/credential_file.ts",
  },
  "a guarded file by import()": {
    file: "tests/cli/a_test.ts",
    source: `await import(${JSON.stringify("../../lib/run/session.ts")});`,
    expected: "this test may not import lib/run/session.ts",
  },
  "a file of the contract suite of a folder": {
    file: "tests/doctor/a_test.ts",
    source: 'import { it } from "../vault/contract/it.ts";',
    expected: "only its own suite may import tests/vault/contract/it.ts",
  },
};

for (const [what, { file, source, expected }] of Object.entries(CASES)) {
  Deno.test(`checkTest() ${expected ? "refuses" : "allows"} ${what}`, () => {
    const found = checkTest(file, `\n${source}\n`, () => TEXT);
    assertEquals(
      found,
      expected === undefined ? [] : [{ file, line: 2, message: expected }],
    );
  });
}

Deno.test("no test imports what checkTest() refuses", async () => {
  assertEquals(await checkTests(CHECKOUT), []);
});
