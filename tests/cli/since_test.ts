import { assertEquals } from "@std/assert";
import { parseSince } from "../../lib/cli/line/parse_when.ts";

const NOW = Date.UTC(2026, 10, 21, 8, 35);

const TIMES: Record<string, number | undefined> = {
  "1d": NOW - 86_400_000,
  "90m": NOW - 5_400_000,
  "today": Date.UTC(2026, 10, 21),
  "2026-11-20": Date.UTC(2026, 10, 20),
  "2026-11-20 09:30": Date.UTC(2026, 10, 20, 9, 30),
  "2026-11-20T09:30:05Z": Date.UTC(2026, 10, 20, 9, 30, 5),
  "2026-11-20T09:30+09:00": Date.UTC(2026, 10, 20, 0, 30),
  "2026-02-31x": undefined,
  "2026-13-01": undefined,
  "yesterday": undefined,
  "-1d": undefined,
  "": undefined,
};

for (const [text, time] of Object.entries(TIMES)) {
  Deno.test(`parseSince() returns ${time} for "${text}"`, () => {
    assertEquals(parseSince(text, NOW), time);
  });
}
