import { assertEquals } from "@std/assert";
import { formatReadiness } from "../../lib/cli/screen/standing_text.ts";
import { formatSpan } from "../../lib/cli/screen/time.ts";
import { NOW } from "../support/account_folder.ts";

const SPANS: Record<string, number> = {
  "0 s": 0,
  "1 s": 1,
  "45 s": 45_000,
  "1 min": 60_000,
  "1 min 1 s": 60_001,
  "59 min 59 s": 3_599_000,
  "3 h 20 min": 12_000_000,
  "1 h": 3_600_000 + 1_000,
  "23 h 59 min": 86_399_000,
  "2 d 1 h": 2 * 86_400_000 + 3_600_000 + 59_000,
};

for (const [text, ms] of Object.entries(SPANS)) {
  Deno.test(`formatSpan() returns ${text} for ${ms} ms`, () => {
    assertEquals(formatSpan(ms), text);
  });
}

Deno.test("formatSpan() returns 0 s for a time in the past", () => {
  assertEquals(formatSpan(-5_000), "0 s");
});

Deno.test("formatReadiness() says why each account is not ready and when it is", () => {
  const accounts = [
    { index: 1, obstacle: undefined, readyAt: 0 },
    { index: 2, obstacle: "resting", readyAt: NOW + 3_600_000 },
    { index: 3, obstacle: "login needed", readyAt: Infinity },
    { index: 4, obstacle: "already tried", readyAt: 0 },
  ];
  assertEquals(formatReadiness(accounts, NOW), [
    "account 1: ready now",
    "account 2: resting, ready 2026-11-21 09:35, in 1 h",
    "account 3: login needed, until you fix it (account-qwen doctor)",
    "account 4: already tried, ready now",
  ]);
});
