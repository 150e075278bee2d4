import "../../support/load_libc.ts";
import { assert, assertEquals } from "@std/assert";
import { interleave, type Interleaving } from "./interleaved.ts";
import { CHECKED, STORAGE } from "./levels.ts";
import type { Mishaps } from "./login_invariants.ts";
import { type AgentName, VERSIONS } from "./programs.ts";

/** What the plain agent does, and what happens at each of its steps. */
const CASES: Readonly<
  Record<AgentName, readonly [plain: string, act: string][]>
> = {
  // The command line refuses to switch while codex is running.
  codex: [
    ["exec turns=2", "settle"],
    ["login", "settle"],
    ["logout", "move out 2"],
  ],
  claude: [
    ["-p turns=2", "settle"],
    ["-p turns=2", "switch 2"],
    ["-p stamp=1", "switch 2"],
    ["auth login", "settle"],
  ],
};

for (const agent of ["codex", "claude"] as const) {
  for (const version of VERSIONS[agent]) {
    for (const [plain, act] of CASES[agent]) {
      Deno.test(`${act} at each step of "${agent} ${plain}", ${version}, loses no login and moves none to another account`, async () => {
        const found = await interleaveAll(
          { agent, version, plain: plain.split(" "), act, level: STORAGE },
          // After a login or a switch, 2.0.77 leaves no proof of the owner.
          ({ unowned }) =>
            unowned > 0 &&
            (version !== "2.0.77" || !/login|switch/.test(plain + act)),
        );
        assertEquals(found, []);
      });
    }
  }
}

Deno.test('a switch at each step of "claude auth logout" lets it remove no other login', async () => {
  const found = await interleaveAll({
    agent: "claude",
    version: "2.1.332",
    plain: ["auth", "logout"],
    act: "switch 2",
    level: CHECKED,
  }, (mishaps) => mishaps.removed > 0);
  assertEquals(found, []);
});

/** Returns the steps at which something is wrong. */
async function interleaveAll(
  it: Omit<Interleaving, "step">,
  isWrong: (mishaps: Mishaps) => boolean,
): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let step = 1;; step++) {
    const { violations, ...outcome } = await interleave({ ...it, step });
    if (violations.length > 0 || isWrong(outcome.mishaps)) {
      found.push({ number: step, ...outcome, violations });
    }
    if (outcome.step !== undefined) continue;
    assert(step > 1);
    return found;
  }
}
