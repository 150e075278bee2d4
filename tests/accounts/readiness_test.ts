import { assertEquals } from "@std/assert";
import { accountFolder, NOW, TIME } from "../support/account_folder.ts";
import { stateTime } from "../support/state.ts";
import { managerOf } from "./managers.ts";

const END = NOW + 60_000;
const UNTIL = stateTime(END);

const OBSTACLES: Record<string, string> = {
  quota: "out of quota",
  throttle: "rate-limited",
  auth: "refused",
  "asked for": "resting (set by you)",
  "\x1b[2J\naccount 2: ready now": "resting",
  constructor: "resting",
  "": "resting",
};

for (const [reason, obstacle] of Object.entries(OBSTACLES)) {
  Deno.test(`readiness() calls an account ${obstacle} whose cooldown has the reason ${JSON.stringify(reason)}`, async () => {
    const cooldowns = [{ until: UNTIL, reason }];
    await using folder = await accountFolder({
      accounts: [1],
      state: { accounts: { account1: { cooldowns } } },
    });
    const [it] = await managerOf(folder).readiness();
    assertEquals([it?.obstacle, it?.isProbed], [obstacle, false]);
  });
}

Deno.test("readiness() says why an account cannot be chosen and when it can", async () => {
  const cooldowns = [{ until: UNTIL, reason: "quota" }];
  await using folder = await accountFolder({
    accounts: [1, 2, 3, 4],
    state: {
      accounts: {
        account1: { last_used: TIME },
        account3: {
          blocked: "login needed",
          blocked_since: stateTime(Date.now() + 60_000),
          cooldowns,
        },
        account4: { cooldowns },
      },
    },
  });
  const found = await managerOf(folder).readiness();
  assertEquals(
    found.map((it) => [it.index, it.obstacle, it.readyAt, it.source]),
    [
      [1, undefined, 0, undefined],
      [2, undefined, 0, undefined],
      [4, "out of quota", END, "provider"],
      [3, "login needed", Infinity, undefined],
    ],
  );
});

Deno.test("readiness() counts the cooldowns of the requested model", async () => {
  const cooldowns = [{ until: UNTIL, reason: "quota", model: "a" }];
  await using folder = await accountFolder({
    accounts: [1],
    state: { accounts: { account1: { cooldowns } } },
  });
  const obstacles = [];
  for (const model of ["a", "b", undefined]) {
    const [it] = await managerOf(folder).readiness({ model });
    obstacles.push(it?.obstacle);
  }
  assertEquals(obstacles, [
    "out of quota for a",
    undefined,
    "out of quota for a",
  ]);
});
