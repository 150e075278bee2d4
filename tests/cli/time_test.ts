import { assertEquals, assertStringIncludes } from "@std/assert";
import { isoText, isoTime, minute, soon } from "../../lib/cli/screen/time.ts";
import { runCli } from "../support/cli.ts";
import { fixedHome } from "./commands/folder.ts";

const AT = Date.UTC(2026, 10, 21, 8, 35, 59, 7);

Deno.test("isoTime() formats a time in", () => {
  assertEquals(isoTime(AT), "2026-11-21T08:35:59Z");
});

const NO_TIMES = [undefined, 1e18, -1e18, NaN, Date.UTC(10_000, 0)];

for (const time of NO_TIMES) {
  Deno.test(`isoTime() returns null for ${time}`, () => {
    assertEquals(isoTime(time), null);
  });
}

const MINUTES: [number | string | undefined, string][] = [
  [AT, "2026-11-21 08:35"],
  ["2026-11-21T08:35:59.007Z", "2026-11-21 08:35"],
  ["2026-11-21T10:35:59+02:00", "2026-11-21 08:35"],
  [undefined, "-"],
  [1e18, "-"],
  ["yesterday", "-"],
];

for (const [time, expected] of MINUTES) {
  Deno.test(`minute() returns ${expected} for ${time}`, () => {
    assertEquals(minute(time), expected);
  });
}

const ZONES: Record<string, string> = {
  "UTC": "2026-11-21 08:35",
  "Asia/Tokyo": "2026-11-21 17:35",
  "America/New_York": "2026-11-21 03:35",
  "Pacific/Kiritimati": "2026-11-21 22:35",
  "JST-9": "2026-11-21 17:35",
};

for (const [zone, local] of Object.entries(ZONES)) {
  Deno.test(`stats prints the times of ${zone} when TZ says so, and UTC as JSON`, async () => {
    await using home = await fixedHome();
    const options = { home: home.path, env: { TZ: zone } };
    const { stdout } = await runCli(["stats"], options);
    assertStringIncludes(stdout, `last switch  ${local}\n`);
    const json = await runCli(["stats", "--json"], options);
    assertEquals(JSON.parse(json.stdout).last_switch, "2026-11-21T08:35:59Z");
  });
}

Deno.test("isoText() formats a time that a file has as text", () => {
  assertEquals(
    isoText("2026-11-21T10:35:59+02:00"),
    "2026-11-21T08:35:59Z",
  );
  assertEquals([isoText("yesterday"), isoText(undefined)], [null, null]);
});

const SOON: Record<string, string> = {
  "2026-11-21T17:51:00Z": "17:51",
  "2026-11-21T20:30:00Z": "20:30",
  "2026-11-22T08:35:00Z": "Sun 08:35",
  "2026-11-23T09:00:00Z": "Mon 09:00",
  "2026-11-28T08:35:00Z": "2026-11-28",
  "2026-11-29T00:00:00Z": "2026-11-29",
  "2026-11-21T00:00:00Z": "00:00",
  "2026-11-20T10:00:00Z": "2026-11-20",
  "2026-11-19T10:00:00Z": "2026-11-19",
};

for (const [time, text] of Object.entries(SOON)) {
  Deno.test(`soon() returns ${text} for ${time}`, () => {
    assertEquals(soon(Date.parse(time), AT), text);
  });
}

Deno.test("soon() returns a dash for no time", () => {
  assertEquals(soon(Infinity, AT), "-");
});
