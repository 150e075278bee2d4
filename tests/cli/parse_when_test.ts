import { assertEquals } from "@std/assert";
import { run } from "../support/cli.ts";
import { testFile } from "../support/checkout.ts";
import { denoEnv } from "../support/deno_env.ts";
import { tempDir } from "../support/temp_dir.ts";

/** A Saturday; the zones below are on different days then. */
const NOW = "2026-11-21T15:30:00Z";

/** The meaning of a text in a zone at a time: UTC. */
type Case = [zone: string, now: string, text: string, time: string | undefined];

const CASES: readonly Case[] = [
  // Durations do not depend on the zone.
  ["UTC", NOW, "45m", "2026-11-21T16:15:00Z"],
  ["Asia/Tokyo", NOW, "45m", "2026-11-21T16:15:00Z"],
  ["UTC", NOW, " 2h ", "2026-11-21T17:30:00Z"],
  ["UTC", NOW, "90", "2026-11-21T15:31:30Z"],
  ["UTC", NOW, "1d", "2026-11-22T15:30:00Z"],

  // A time of day: the next moment at which the clock shows it.
  ["UTC", NOW, "15:30", "2026-11-22T15:30:00Z"],
  ["UTC", NOW, "15:00", "2026-11-22T15:00:00Z"],
  ["UTC", NOW, "15:30:01", "2026-11-21T15:30:01Z"],
  ["UTC", NOW, "4pm", "2026-11-21T16:00:00Z"],
  ["UTC", NOW, "4 PM", "2026-11-21T16:00:00Z"],
  ["UTC", NOW, "4:30 p.m.", "2026-11-21T16:30:00Z"],
  ["UTC", NOW, "at 4pm", "2026-11-21T16:00:00Z"],
  ["UTC", NOW, "9am", "2026-11-22T09:00:00Z"],
  ["UTC", NOW, "12am", "2026-11-22T00:00:00Z"],
  ["UTC", NOW, "12pm", "2026-11-22T12:00:00Z"],
  ["UTC", NOW, "00:00", "2026-11-22T00:00:00Z"],
  ["Europe/Berlin", NOW, "17:00", "2026-11-21T16:00:00Z"],
  ["Asia/Kolkata", NOW, "21:00", "2026-11-22T15:30:00Z"],
  ["Asia/Kathmandu", NOW, "22:00", "2026-11-21T16:15:00Z"],

  // A weekday: midnight, or a time of that day.
  ["UTC", NOW, "mon", "2026-11-23T00:00:00Z"],
  ["UTC", NOW, "Monday", "2026-11-23T00:00:00Z"],
  ["UTC", NOW, "mon 09:00", "2026-11-23T09:00:00Z"],
  ["UTC", NOW, "mon 9", "2026-11-23T09:00:00Z"],
  ["UTC", NOW, "mon  at 9am", "2026-11-23T09:00:00Z"],
  ["UTC", NOW, "TUES 4pm", "2026-11-24T16:00:00Z"],
  ["UTC", NOW, "wednesday", "2026-11-25T00:00:00Z"],
  ["UTC", NOW, "thurs", "2026-11-26T00:00:00Z"],
  ["UTC", NOW, "fri 23:59", "2026-11-27T23:59:00Z"],
  ["UTC", NOW, "sat 16:00", "2026-11-21T16:00:00Z"],
  ["UTC", NOW, "saturday 15:00", "2026-11-28T15:00:00Z"],
  ["UTC", NOW, "sat", "2026-11-28T00:00:00Z"],
  ["UTC", NOW, "sun", "2026-11-22T00:00:00Z"],
  ["Asia/Tokyo", NOW, "sun", "2026-11-28T15:00:00Z"],
  ["Asia/Tokyo", NOW, "sun 09:00", "2026-11-22T00:00:00Z"],
  ["America/Los_Angeles", NOW, "sun", "2026-11-22T08:00:00Z"],
  ["UTC", NOW, "tomorrow", "2026-11-22T00:00:00Z"],
  ["UTC", NOW, "tomorrow 9am", "2026-11-22T09:00:00Z"],
  ["Asia/Tokyo", NOW, "tomorrow 9am", "2026-11-23T00:00:00Z"],
  ["UTC", NOW, "today 16:00", "2026-11-21T16:00:00Z"],

  // A date: midnight, or a time of that day.
  ["UTC", NOW, "2026-12-01", "2026-12-01T00:00:00Z"],
  ["Europe/Berlin", NOW, "2026-12-01", "2026-11-30T23:00:00Z"],
  ["Europe/Berlin", NOW, "2027-07-01", "2027-06-30T22:00:00Z"],
  ["America/New_York", NOW, "2026-12-01 16:00", "2026-12-01T21:00:00Z"],
  ["America/New_York", NOW, "2026-12-01T16:00", "2026-12-01T21:00:00Z"],
  ["America/New_York", NOW, "2026-12-01 4pm", "2026-12-01T21:00:00Z"],
  ["Australia/Lord_Howe", NOW, "2026-12-01", "2026-11-30T13:00:00Z"],
  ["UTC", NOW, "2028-02-29", "2028-02-29T00:00:00Z"],
  ["UTC", NOW, "2026-12-31 23:59:59", "2026-12-31T23:59:59Z"],

  // A zone in the text, as printed by this program and by services.
  ["Asia/Tokyo", NOW, "2026-12-01T09:00:00Z", "2026-12-01T09:00:00Z"],
  ["Asia/Tokyo", NOW, "2026-12-01T09:00:00.123Z", "2026-12-01T09:00:00Z"],
  ["Asia/Tokyo", NOW, "2026-12-01 09:00 UTC", "2026-12-01T09:00:00Z"],
  ["Asia/Tokyo", NOW, "2026-12-01T09:00+02:00", "2026-12-01T07:00:00Z"],
  ["Asia/Tokyo", NOW, "2026-12-01T09:00-0530", "2026-12-01T14:30:00Z"],

  // A date in the past keeps its meaning; the caller refuses it.
  ["UTC", NOW, "2020-01-01", "2020-01-01T00:00:00Z"],
  ["UTC", NOW, "today", "2026-11-21T00:00:00Z"],

  // Clocks go forward at 02:00 on 2027-03-28 in Berlin, on 03-14 in New York.
  ["Europe/Berlin", "2027-03-27T20:00:00Z", "02:30", "2027-03-28T01:30:00Z"],
  ["Europe/Berlin", "2027-03-27T20:00:00Z", "03:30", "2027-03-28T01:30:00Z"],
  ["Europe/Berlin", "2027-03-27T20:00:00Z", "09:00", "2027-03-28T07:00:00Z"],
  [
    "Europe/Berlin",
    "2027-03-27T07:00:00Z",
    "sun 09:00",
    "2027-03-28T07:00:00Z",
  ],
  ["America/New_York", NOW, "2027-03-14 02:30", "2027-03-14T07:30:00Z"],
  // There is no midnight on 2027-04-30 in Cairo.
  ["Africa/Cairo", "2027-04-29T12:00:00Z", "fri", "2027-04-29T22:00:00Z"],

  // Clocks go back at 03:00 on 2026-10-25 in Berlin: 02:30 comes twice.
  ["Europe/Berlin", "2026-10-24T20:00:00Z", "02:30", "2026-10-25T00:30:00Z"],
  ["Europe/Berlin", "2026-10-25T00:45:00Z", "02:30", "2026-10-25T01:30:00Z"],
  ["Europe/Berlin", "2026-10-25T01:45:00Z", "02:30", "2026-10-26T01:30:00Z"],
  [
    "Europe/Berlin",
    "2026-10-24T07:00:00Z",
    "sun 09:00",
    "2026-10-25T08:00:00Z",
  ],
  ["America/New_York", "2026-11-01T05:45:00Z", "1:30", "2026-11-01T06:30:00Z"],
  // By half an hour, at 02:00 on 2027-04-04.
  [
    "Australia/Lord_Howe",
    "2027-04-03T14:50:00Z",
    "01:45",
    "2027-04-03T15:15:00Z",
  ],

  ...[
    "",
    "soon",
    "0",
    "00",
    "-5m",
    "24:00",
    "16:60",
    "16:00:60",
    "13pm",
    "0am",
    "4xm",
    "1h30",
    "mon 25:00",
    "monn",
    "mon 09:00 extra",
    "2026-02-30",
    "2026-13-01",
    "2026-12",
    "26-12-01",
    "2026-12-01 +02:00",
    "2026-12-01 16:00 CET",
    "12/01/2026",
    "next week",
    "Infinity",
    "NaN",
  ].map((text): Case => ["UTC", NOW, text, undefined]),
];

for (const [zone, cases = []] of Map.groupBy(CASES, ([zone]) => zone)) {
  Deno.test(`parseWhen() reads durations, clocks, weekdays and dates in ${zone}`, async () => {
    const found = await parsedIn(
      zone,
      cases.map(([, now, text]) => [text, Date.parse(now)]),
    );
    assertEquals(
      cases.map(([, now, text], at) => [now, text, found[at] ?? null]),
      cases.map(([, now, text, time]) => [
        now,
        text,
        time === undefined ? null : Date.parse(time),
      ]),
    );
  });
}

const ZONES = [
  "UTC",
  "Europe/London",
  "Europe/Berlin",
  "America/St_Johns",
  "America/Santiago",
  "Asia/Shanghai",
  "Asia/Tehran",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Antarctica/Troll",
];

const HOUR_MS = 3_600_000;

/**
 * Each text, and how far away it may be, hours: a day or a week, and a clock
 * change.
 */
const FARTHEST: Readonly<Record<string, number>> = {
  "02:30": 26,
  "00:00": 26,
  "4pm": 26,
  sun: 170,
  "mon 09:00": 170,
  "wed 02:30": 170,
};

for (const zone of ZONES) {
  Deno.test(`parseWhen() returns a time in the future, at most a day away for a time of day and a week for a weekday, in ${zone}`, async () => {
    const cases: [string, number][] = [];
    for (let hour = 0; hour < 366 * 24; hour += 7) {
      const now = Date.UTC(2026, 8, 1) + hour * HOUR_MS;
      for (const text of Object.keys(FARTHEST)) cases.push([text, now]);
    }
    const found = await parsedIn(zone, cases);
    const wrong = cases.filter(([text, now], at) => {
      const hours = ((found[at] ?? NaN) - now) / HOUR_MS;
      return !(hours > 0 && hours <= (FARTHEST[text] ?? 0));
    });
    assertEquals(wrong, []);
  });
}

/**
 * The meaning of each text in `zone`; a process has one zone for all its
 * threads.
 */
async function parsedIn(
  zone: string,
  cases: readonly [text: string, now: number][],
): Promise<(number | null)[]> {
  await using home = await tempDir();
  const { code, stdout, stderr } = await run(
    Deno.execPath(),
    ["run", "--cached-only", "-A", testFile("fixtures/parse_when.ts")],
    {
      home: home.path,
      env: { ...await denoEnv(), TZ: zone },
      stdin: JSON.stringify(cases),
    },
  );
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}
