import { type Random, seeded } from "../random.ts";
import { killInArenas, type LoginKillsOptions } from "./arenas.ts";
import { type Done, runCommand, settleArena } from "./commands.ts";
import type { LoginArena } from "./login_arena.ts";
import { OWNERS, promptArgs } from "./login_operations.ts";
import type { LoginTally } from "./tally.ts";
import { actAsUser } from "./users.ts";

/** How to kill the command line. */
export interface CliKillsOptions extends LoginKillsOptions {
  /** The program, `account-qwen`, and what comes before its arguments. */
  program: readonly string[];
}

/** How many commands run at the same time. */
const ACTORS = 3;

/** How many commands an actor runs in a round. */
const COMMANDS = 3;

/** Some access tokens expire soon, so that the next run refreshes them. */
const LIFETIMES_S = [2, 200, 200, 500, 3_600, 36_000] as const;

/** Each command and how often it is drawn; `N` stands for an account. */
const COMMANDS_DRAWN: readonly [weight: number, ...args: string[]][] = [
  [22, "exec", "--account", "N", "--", "PROMPT"],
  [12, "exec", "--", "PROMPT"],
  [24, "switch", "N"],
  [6, "list"],
  [4, "doctor"],
  [5, "doctor", "--fix"],
  [4, "remove", "N"],
  [4, "restore", "N"],
  [5, "login"],
  [3, "login", "N"],
  [4, "import"],
];

/** Kills commands at random moments while users run the agent. */
export async function killCommandsAtRandom(
  options: CliKillsOptions,
): Promise<LoginTally> {
  return await killInArenas(options, {
    lifetimesS: LIFETIMES_S,
    mostLatencyMs: 80,
    begin: ({ arena, random, tally }) =>
      Promise.resolve({
        async act() {
          const startedAt = performance.now();
          await runCommand(arena, { ...options, args: ["switch", "1"] });
          // How long a command takes depends on what else is running.
          const startMs = Math.ceil(performance.now() - startedAt);
          return await actRound(arena, random, { ...options, tally, startMs });
        },
        settle: () => settleArena(arena, options),
      }),
  });
}

/** Runs commands and users side by side; returns what they did. */
async function actRound(
  arena: LoginArena,
  random: Random,
  options: CliKillsOptions & { tally: LoginTally; startMs: number },
): Promise<string[]> {
  const { tally } = options;
  const seeds = Array.from(
    { length: ACTORS },
    () => random.between(1, 2 ** 31),
  );
  const actors = seeds.map(async (seed) => {
    const own = seeded(seed);
    const all: Done[] = [];
    for (let count = 0; count < COMMANDS; count++) {
      all.push(await runDrawn(arena, own, options));
    }
    return all;
  });
  const users = Array.from(
    { length: random.between(0, 2) },
    (_, at) => actAsUser(arena, random, at),
  );
  tally.plainRuns += users.length;
  const done = (await Promise.all(actors)).flat();
  await Promise.all(users);
  for (const { name, killed } of done) {
    if (killed) tally.kills++;
    tally.operations[name] = (tally.operations[name] ?? 0) + 1;
  }
  return done.map(({ name, said }) => `${name}: ${said}`);
}

async function runDrawn(
  arena: LoginArena,
  random: Random,
  options: CliKillsOptions & { startMs: number },
): Promise<Done> {
  const all = COMMANDS_DRAWN.reduce((sum, [weight]) => sum + weight, 0);
  let drawn = random.next() * all;
  const found = COMMANDS_DRAWN.find(([weight]) => (drawn -= weight) < 0);
  const [, ...args] = found ?? [0, "list"];
  const [, ...prompt] = promptArgs(arena, random);
  const index = random.between(1, 4);
  const given = args.map((it) =>
    it === "N" ? String(index) : it === "PROMPT" ? prompt.join(" ") : it
  );
  const { startMs } = options;
  const longestMs = (args[0] === "exec" ? 3 : 1.3) * startMs;
  return await runCommand(arena, {
    ...options,
    args: given,
    owner: random.pick(OWNERS),
    killAfterMs: random.chance(0.7)
      ? random.between(startMs / 3, longestMs)
      : undefined,
  });
}
