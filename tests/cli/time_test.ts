import { assertEquals } from "@std/assert";
import { isoText, isoTime, minute } from "../../lib/cli/time.ts";

const AT = Date.UTC(2026, 10, 21, 8, 35, 59, 7);

Deno.test("isoTime() formats a time in UTC", () => {
  assertEquals(isoTime(AT), "2026-11-21T08:35:59Z");
});

const NO_TIMES = [undefined, 1e18, -1e18, NaN, Date.UTC(10_000, 0)];

for (const time of NO_TIMES) {
  Deno.test(`isoTime() returns null for ${time}`, () => {
    assertEquals(isoTime(time), null);
  });
}

const MINUTES: [number | string | undefined, string][] = [
  [AT, "2026-11-21 08:35 UTC"],
  ["2026-11-21T08:35:59.007Z", "2026-11-21 08:35 UTC"],
  ["2026-11-21T10:35:59+02:00", "2026-11-21 08:35 UTC"],
  [undefined, "-"],
  [1e18, "-"],
  ["yesterday", "-"],
];

for (const [time, expected] of MINUTES) {
  Deno.test(`minute() returns ${expected} for ${time}`, () => {
    assertEquals(minute(time), expected);
  });
}

Deno.test("isoText() formats a time that a file has as text", () => {
  assertEquals(
    isoText("2026-11-21T10:35:59+02:00"),
    "2026-11-21T08:35:59Z",
  );
  assertEquals([isoText("yesterday"), isoText(undefined)], [null, null]);
});
