import { assertEquals } from "@std/assert";
import { parseAmount, parsePercent, parseReserve } from "../lib/amounts.ts";

const AMOUNTS = {
  "20%": { count: 20, unit: "percent" },
  "50 requests": { count: 50, unit: "requests" },
  "1 request": { count: 1, unit: "requests" },
  "200000 tokens": { count: 200_000, unit: "tokens" },
  "200000tokens": { count: 200_000, unit: "tokens" },
  "0 requests": undefined,
  "0%": undefined,
  "100%": undefined,
  "-1 requests": undefined,
  "50": undefined,
  "50 apples": undefined,
  "": undefined,
} as const;

for (const [text, amount] of Object.entries(AMOUNTS)) {
  Deno.test(`parseAmount() reads "${text}"`, () => {
    assertEquals(parseAmount(text), amount);
  });
}

Deno.test("parsePercent() takes 1 to 99 and off", () => {
  const texts = ["90%", "90", "1", "99%", "off", "0", "100", "9.5", "x", ""];
  assertEquals(
    texts.map(parsePercent),
    [90, 90, 1, 99, 0, ...Array(5).fill(undefined)],
  );
});

Deno.test("parseReserve() reads the account, the amount and the name", () => {
  const amount = { count: 20, unit: "percent" } as const;
  assertEquals(parseReserve("20% for ci"), {
    account: undefined,
    amount,
    for: "ci",
  });
  assertEquals(parseReserve("my work: 20%  for ci"), {
    account: "my work",
    amount,
    for: "ci",
  });
  assertEquals(parseReserve("a:b: 50 requests for ci"), {
    account: "a:b",
    amount: { count: 50, unit: "requests" },
    for: "ci",
  });
  for (const text of ["20%", "20% for", "for ci", "ci: 20%", "x 20% for ci"]) {
    assertEquals(parseReserve(text), undefined, text);
  }
});
