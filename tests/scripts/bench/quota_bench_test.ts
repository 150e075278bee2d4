import { assert, assertEquals, assertThrows } from "@std/assert";
import { benchQuota, formatQuota } from "../../../scripts/bench/quota_bench.ts";
import { parseScenarios } from "../../../scripts/bench/quota_scenario.ts";

const WINDOW = { unit: "requests", limit: 300, length: "5h", kind: "fixed" };
const SCENARIO = {
  name: "small",
  days: 3,
  windows: [WINDOW],
  traffic: [{ perHour: 100 }],
};

Deno.test("benchQuota() meets its goals where all traffic is seen", async () => {
  const text = JSON.stringify([SCENARIO, {
    ...SCENARIO,
    name: "two accounts",
    accounts: 2,
  }]);
  const scores = await benchQuota(text, 1);
  for (const { windows: [window], misses } of scores) {
    assertEquals(misses, []);
    assert(window!.forecasts >= 30, `only ${window!.forecasts} forecasts`);
    assertEquals(window!.limitInside, 1);
    assertEquals(window!.unknown, 0);
  }
  assertEquals(scores[0]?.rotation, undefined);
  assertEquals(scores[1]?.rotation?.mostRefusalsInWindow, 1);
  assert(scores[1]!.rotation!.requests > 10_000);
  assertEquals(await benchQuota(text, 1), scores);
  assert(formatQuota(scores).includes("| two accounts | 2 |"));
});

Deno.test("benchQuota() counts what is not forecast as a miss", async () => {
  const text = JSON.stringify([{
    ...SCENARIO,
    // No page names it, and it is of no length that services use.
    windows: [{ ...WINDOW, length: "4h7m", known: false }],
    traffic: [{ perHour: 100 }],
  }]);
  const [score] = await benchQuota(text, 1);
  assert(score!.misses.includes("error"));
  assertEquals(score!.windows[0]?.unknown, score!.windows[0]?.forecasts);
});

const FAULTS: Record<string, [Record<string, unknown>, string]> = {
  "no windows": [{ windows: [] }, "scenarios[0].windows must be a list"],
  "no limit": [
    { windows: [{ ...WINDOW, limit: undefined }] },
    "scenarios[0].windows[0].limit must be a number",
  ],
  "a negative limit": [
    { windows: [{ ...WINDOW, limit: -1 }] },
    "scenarios[0].windows[0].limit must be a number",
  ],
  "an unknown kind": [
    { windows: [{ ...WINDOW, kind: "leaky" }] },
    "scenarios[0].windows[0].kind must be one of",
  ],
  "an odd length": [
    { windows: [{ ...WINDOW, length: "long" }] },
    "scenarios[0].windows[0].length must be a duration",
  ],
  "no rate": [{ traffic: [{}] }, "scenarios[0].traffic[0].perHour"],
  "a window that is a number": [
    { windows: [5] },
    "scenarios[0].windows[0] must be an object",
  ],
  "a period that no calendar has": [
    { windows: [{ ...WINDOW, kind: "calendar", name: "fortnight" }] },
    "scenarios[0].windows[0].name must be day, week or month",
  ],
  "half an account": [{ accounts: 1.5 }, "scenarios[0].accounts must be a wh"],
  "no days": [{ days: 0 }, "scenarios[0].days must be a number, above 0"],
  "an unknown zone": [
    { clock: { zone: "Mars" } },
    "scenarios[0].clock.zone must be a time zone",
  ],
  "a night without an end": [
    { traffic: [{ perHour: 1, night: { from: 22, factor: 0 } }] },
    "scenarios[0].traffic[0].night.to must be a number",
  ],
  "only traffic of others": [{ unseen: 1 }, "scenarios[0].unseen"],
};

for (const [name, [change, message]] of Object.entries(FAULTS)) {
  Deno.test(`parseScenarios() names the place of ${name}`, () => {
    const text = JSON.stringify({ scenarios: [{ ...SCENARIO, ...change }] });
    assertThrows(() => parseScenarios(text), SyntaxError, message);
  });
}

for (
  const [what, text] of [
    ["no JSON", "{"],
    ["no list", '{"scenarios": {}}'],
    ["an empty list", "[]"],
    ["a list of numbers", "[1]"],
  ] as const
) {
  Deno.test(`parseScenarios() refuses ${what}`, () => {
    assertThrows(
      () => parseScenarios(text),
      SyntaxError,
      "Cannot read the scenarios: ",
    );
  });
}

Deno.test("parseScenarios() names a window of the calendar after its length", () => {
  const names = ["24h", "7d", "31d"].map((length) => {
    const windows = [{ ...WINDOW, kind: "calendar", length }];
    const [scenario] = parseScenarios(
      JSON.stringify([{ ...SCENARIO, windows }]),
    );
    return scenario!.windows[0]!.name;
  });
  assertEquals(names, ["day", "week", "month"]);
});

Deno.test("parseScenarios() reads the scenarios of the repository", async () => {
  const url = new URL(
    "../../../scripts/bench/quota_scenarios.json",
    import.meta.url,
  );
  const scenarios = parseScenarios(await Deno.readTextFile(url));
  assert(scenarios.length >= 10);
  assertEquals(new Set(scenarios.map((it) => it.name)).size, scenarios.length);
});
