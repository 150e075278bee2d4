import { assertEquals } from "@std/assert";
import { passes } from "../../lib/gateway/passes.ts";
import { NOW } from "../support/account_folder.ts";

const CASES = [
  { kind: "transient", afterMs: undefined, expected: true },
  { kind: "throttle", afterMs: undefined, expected: true },
  { kind: "throttle", afterMs: 100_000, expected: true },
  { kind: "throttle", afterMs: 100_001, expected: false },
  { kind: "quota", afterMs: 1_000, expected: false },
  { kind: "auth", afterMs: undefined, expected: false },
] as const;

for (const { kind, afterMs, expected } of CASES) {
  Deno.test(`passes() returns ${expected} for ${kind} that ends after ${afterMs} ms`, () => {
    const retryAt = afterMs === undefined ? undefined : NOW + afterMs;
    assertEquals(passes({ kind, evidence: "", retryAt }, NOW), expected);
  });
}
