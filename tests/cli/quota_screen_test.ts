import { assertEquals } from "@std/assert";
import {
  countsText,
  short,
  sparkline,
} from "../../lib/cli/screen/quota_screen.ts";

for (
  const [count, text] of [
    [0, "0"],
    [0.25, "0.3"],
    [412, "412"],
    [9_999, "9999"],
    [12_345, "12.3 k"],
    [642_000, "642 k"],
    [1_234_567, "1.2 M"],
    [2.5e10, "25.0 G"],
  ] as const
) {
  Deno.test(`short() formats ${count} as ${text}`, () => {
    assertEquals(short(count), text);
  });
}

Deno.test("sparkline() draws nothing as a dot, and the most as a full block", () => {
  assertEquals(sparkline([0, 1, 4, 8]), "·▁▄█");
  assertEquals(sparkline([0, 0]), "··");
});

Deno.test("countsText() omits what is zero", () => {
  const none = {
    requests: 0,
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    reasoningTokens: 0,
    errors: 0,
  };
  assertEquals(countsText(none), "0 requests");
  assertEquals(
    countsText({ ...none, requests: 1, errors: 1 }),
    [
      "1 request",
      "1 failed",
    ].join(", "),
  );
});
