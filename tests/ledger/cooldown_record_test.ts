import { assertEquals } from "@std/assert";
import {
  type Cooldown,
  formatCooldowns,
  parseCooldowns,
} from "../../lib/ledger/cooldown_record.ts";
import { TIME } from "../support/account_folder.ts";

/** The file has whole seconds. */
const SECOND = Date.parse("2026-11-21T08:35:01Z");

const COOLDOWN: Cooldown = {
  model: undefined,
  until: SECOND,
  strikes: 2,
  reason: "quota",
  probeUntil: undefined,
  probeBy: undefined,
};

const OF_MODEL: Cooldown = {
  model: "qwen3-coder-plus",
  until: SECOND + 1_000,
  strikes: 1,
  reason: "asked for",
  probeUntil: SECOND + 2_000,
  probeBy: "boot/1/2/3",
};

Deno.test("formatCooldowns() writes times in ISO 8601 without milliseconds and omits missing fields", () => {
  assertEquals(formatCooldowns([COOLDOWN, OF_MODEL]), [
    { until: "2026-11-21T08:35:01Z", strikes: 2, reason: "quota" },
    {
      model: "qwen3-coder-plus",
      until: "2026-11-21T08:35:02Z",
      strikes: 1,
      reason: "asked for",
      probe_until: "2026-11-21T08:35:03Z",
      probe_by: "boot/1/2/3",
    },
  ]);
});

Deno.test("parseCooldowns() reads what formatCooldowns() writes", () => {
  const cooldowns = [COOLDOWN, OF_MODEL];
  assertEquals(parseCooldowns(formatCooldowns(cooldowns)), cooldowns);
});

for (const value of [undefined, null, []]) {
  Deno.test(`parseCooldowns() returns none for ${JSON.stringify(value)}`, () => {
    assertEquals(parseCooldowns(value), []);
  });
}

Deno.test("parseCooldowns() accepts a record with only an end", () => {
  assertEquals(
    parseCooldowns([{
      until: TIME.replace("Z", ".123Z"),
    }]),
    [{
      model: undefined,
      until: SECOND,
      strikes: 1,
      reason: "",
      probeUntil: undefined,
      probeBy: undefined,
    }],
  );
});

Deno.test("parseCooldowns() drops records without an end, and keeps the others", () => {
  const said: string[] = [];
  const value = [null, { until: "soon" }, ...formatCooldowns([COOLDOWN])];
  assertEquals(parseCooldowns(value, (it) => void said.push(it)), [COOLDOWN]);
  assertEquals(said, ["a cooldown is not a mapping", "until is not a time"]);
});
