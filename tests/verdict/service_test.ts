import { assertEquals } from "@std/assert";
import {
  nextPeriod,
  type Period,
  type ServiceClock,
} from "../../lib/verdict/service.ts";
import { epochAt, parseZone, wallAt } from "../../lib/verdict/time_words.ts";

const CHINA: ServiceClock = { zone: "+08:00", weekBegins: 1, monthBegins: 1 };
const PACIFIC: ServiceClock = {
  zone: "UTC",
  resetZone: "America/Los_Angeles",
  weekBegins: 0,
  monthBegins: 22,
};

const PERIODS: [
  now: string,
  period: Period,
  clock: ServiceClock | undefined,
  expected: string | undefined,
][] = [
  // A Saturday
  ["2026-11-21T08:35:00Z", "day", undefined, "2026-11-22T00:00:00.000Z"],
  ["2026-11-21T08:35:00Z", "week", undefined, undefined],
  ["2026-11-21T08:35:00Z", "month", undefined, undefined],
  ["2026-11-21T08:35:00Z", "day", CHINA, "2026-11-21T16:00:00.000Z"],
  ["2026-11-21T16:00:00Z", "day", CHINA, "2026-11-22T16:00:00.000Z"],
  ["2026-11-21T08:35:00Z", "week", CHINA, "2026-11-22T16:00:00.000Z"],
  // A Monday there
  ["2026-11-22T16:00:00Z", "week", CHINA, "2026-11-29T16:00:00.000Z"],
  ["2026-11-21T08:35:00Z", "month", CHINA, "2026-11-30T16:00:00.000Z"],
  ["2026-12-31T15:59:59Z", "month", CHINA, "2026-12-31T16:00:00.000Z"],
  ["2026-11-21T08:35:00Z", "week", { zone: "UTC" }, undefined],
  ["2026-11-21T08:35:00Z", "day", PACIFIC, "2026-11-22T08:00:00.000Z"],
  ["2026-07-21T08:35:00Z", "day", PACIFIC, "2026-07-22T07:00:00.000Z"],
  ["2026-11-21T08:35:00Z", "week", PACIFIC, "2026-11-22T08:00:00.000Z"],
  ["2026-11-21T08:35:00Z", "month", PACIFIC, "2026-11-22T08:00:00.000Z"],
  ["2026-11-22T08:35:00Z", "month", PACIFIC, "2026-12-22T08:00:00.000Z"],
];

for (const [now, period, clock, expected] of PERIODS) {
  Deno.test(`nextPeriod() returns ${expected} for a ${period} after ${now} in ${clock?.resetZone ?? clock?.zone}`, () => {
    const at = nextPeriod(period, Date.parse(now), { clock, dayBeginsMs: 0 });
    assertEquals(at === undefined ? at : new Date(at).toISOString(), expected);
  });
}

const ZONES: Record<string, string | undefined> = {
  "UTC": "UTC",
  "Z": "UTC",
  "GMT-3": "-03:00",
  "UTC+8": "+08:00",
  "+0800": "+08:00",
  "+05:30": "+05:30",
  "+0800 CST": "+08:00",
  "(Europe/London)": "Europe/London",
  "(Nowhere/Land)": undefined,
  "PDT": "-07:00",
  "CST": "-06:00",
  "北京时间": "+08:00",
  "": undefined,
};

for (const [text, zone] of Object.entries(ZONES)) {
  Deno.test(`parseZone() returns ${zone} for "${text}"`, () => {
    assertEquals(parseZone(text, "UTC"), zone);
  });
}

Deno.test("parseZone() reads CST as China's time for a service in China", () => {
  assertEquals(parseZone("CST", "+08:00"), "+08:00");
});

Deno.test("epochAt() undoes wallAt() before and after a clock change", () => {
  const zone = "Europe/London";
  for (
    const time of [
      "2026-03-29T00:59:00Z",
      "2026-03-29T01:00:00Z",
      "2026-10-25T02:00:00Z",
    ]
  ) {
    const epoch = Date.parse(time);
    assertEquals(epochAt(wallAt(epoch, zone), zone), epoch, time);
  }
});
