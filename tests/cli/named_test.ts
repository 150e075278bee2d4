import { assertEquals, assertThrows } from "@std/assert";
import { findAccount } from "../../lib/cli/line/named.ts";
import { UsageError } from "../../lib/cli/line/usage_error.ts";

const ACCOUNTS = [
  { index: 1, label: "Work" },
  { index: 2, label: "home" },
  { index: 3, label: "home-2" },
  { index: 4, label: undefined },
  { index: 5, label: "工作" },
  { index: 6, label: "7" },
];

const FOUND: Record<string, number> = {
  "1": 1,
  "7": 7, // a number is never a label
  "999": 999,
  work: 1,
  WORK: 1,
  w: 1,
  home: 2, // a whole label takes precedence over a beginning
  "home-": 3,
  " Home ": 2,
  工: 5,
  ＷＯＲＫ: 1,
};

for (const [word, index] of Object.entries(FOUND)) {
  Deno.test(`"${word}" names account ${index}`, () => {
    assertEquals(findAccount(word, ACCOUNTS), index);
  });
}

Deno.test("a beginning of several labels lists them with their numbers", () => {
  const { message, hint } = assertThrows(
    () => findAccount("ho", ACCOUNTS),
    UsageError,
  );
  assertEquals(
    message,
    'Cannot tell which account "ho" is: 2 (home), 3 (home-2)',
  );
  assertEquals(hint, "use the number or the whole label");
});

for (const word of ["office", "", "-1", "0", "01", "1.5"]) {
  Deno.test(`"${word}" names no account`, () => {
    const { message } = assertThrows(
      () => findAccount(word, ACCOUNTS),
      UsageError,
    );
    assertEquals(
      message,
      `No account is named "${word}" (have: Work, home, home-2, 工作, 7)`,
    );
  });
}

Deno.test("an error counts the labels that it does not list", () => {
  const many = Array.from({ length: 11 }, (_, at) => ({
    index: at + 1,
    label: `key-${at + 1}`,
  }));
  const { message } = assertThrows(
    () => findAccount("office", many),
    UsageError,
  );
  assertEquals(
    message,
    'No account is named "office" (have: key-1, key-2, key-3, key-4, key-5, ' +
      "key-6, key-7, key-8 and 3 more)",
  );
});

Deno.test("a name leads to setup when there is no account", () => {
  const { message, hint } = assertThrows(
    () => findAccount("work", []),
    UsageError,
  );
  assertEquals(
    message,
    'No account is named "work": there are no accounts yet',
  );
  assertEquals(hint, "account-qwen setup");
});
