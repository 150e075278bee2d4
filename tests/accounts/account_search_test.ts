import { assertEquals } from "@std/assert";
import { abandonedFor } from "../../lib/accounts/pool/account_search.ts";

const READY = { obstacle: undefined, readyAt: 0, isProbed: false };
const COOLING = { obstacle: "resting", readyAt: 9_000, isProbed: false };

const ONE = { index: 1, ...READY };
const TWO = { index: 2, ...READY };

const USE = {
  run: { account: 1, active: 1, seen: [] },
  follows: true,
  except: new Set<number>(),
};

const CASES: Record<string, [
  Parameters<typeof abandonedFor>,
  string | undefined,
]> = {
  "nothing has changed": [
    [USE, { active: 1, readiness: [ONE, TWO] }],
    undefined,
  ],
  "it was removed": [[USE, { active: 2, readiness: [TWO] }], "removed"],
  "it was given a cooldown": [
    [USE, { active: 1, readiness: [TWO, { index: 1, ...COOLING }] }],
    "resting",
  ],
  "it had that cooldown before": [
    [
      { ...USE, run: { ...USE.run, seen: [9_000] } },
      { active: 1, readiness: [{ index: 1, ...COOLING }] },
    ],
    undefined,
  ],
  "it is rate-limited": [
    [USE, {
      active: 1,
      readiness: [{ index: 1, ...COOLING, obstacle: "rate-limited" }],
    }],
    undefined,
  ],
  "it is being tried": [
    [USE, { active: 1, readiness: [{ index: 1, ...COOLING, isProbed: true }] }],
    undefined,
  ],
  "another one is active": [
    [USE, { active: 2, readiness: [ONE, TWO] }],
    "switched elsewhere",
  ],
  "another one was active when it began": [
    [
      { ...USE, run: { ...USE.run, active: 2 } },
      { active: 2, readiness: [ONE, TWO] },
    ],
    undefined,
  ],
  "another one is active, and we do not follow": [
    [{ ...USE, follows: false }, { active: 2, readiness: [ONE, TWO] }],
    undefined,
  ],
  "one of the other kind is active": [
    [USE, { active: 3, readiness: [ONE, TWO] }],
    undefined,
  ],
  "the active one is unusable": [
    [{ ...USE, except: new Set([2]) }, { active: 2, readiness: [ONE, TWO] }],
    undefined,
  ],
  "the active one is not ready": [
    [USE, { active: 2, readiness: [ONE, { index: 2, ...COOLING }] }],
    undefined,
  ],
};

for (const [what, [given, expected]] of Object.entries(CASES)) {
  Deno.test(`abandonedFor() returns ${expected} when ${what}`, () => {
    assertEquals(abandonedFor(...given), expected);
  });
}
