import {
  settleHomeLogins,
  switchPlain,
} from "../../../lib/vault/home_logins/home_logins.ts";
import { CHECKOUT } from "../../support/checkout.ts";
import type { Random } from "../random.ts";
import { killInArenas, type LoginKillsOptions, type Scene } from "./arenas.ts";
import { STORAGE } from "./levels.ts";
import type { LoginArena } from "./login_arena.ts";
import { underLock } from "./login_operations.ts";
import type { LoginTally } from "./tally.ts";
import { actAsUser } from "./users.ts";

/** Some access tokens expire soon, so that the next run refreshes them. */
const LIFETIMES_S = [2, 30, 240, 420, 3_600, 36_000] as const;

/** Kills our processes while agents and users work, and checks each round. */
export async function killLoginsAtRandom(
  options: LoginKillsOptions,
): Promise<LoginTally> {
  return await killInArenas(options, {
    lifetimesS: LIFETIMES_S,
    mostLatencyMs: 60,
    async begin(scene) {
      const { arena, random, version } = scene;
      const bench = { place: arena, random, version };
      await underLock(bench, settleHomeLogins);
      await underLock(
        bench,
        (home, call) => switchPlain(home, { ...call, index: 1 }),
      );
      return {
        act: () => killAll(scene),
        settle: () => STORAGE.settle(arena),
      };
    },
  });
}

async function killAll(
  { arena, random, version, tally }: Scene,
): Promise<string[]> {
  const drivers = Array.from(
    { length: 2 },
    () => killOne(arena, { random, version }),
  );
  const users = Array.from(
    { length: random.between(0, 2) },
    (_, at) => actAsUser(arena, random, at),
  );
  tally.plainRuns += users.length;
  const said: string[] = [];
  for (const it of drivers) {
    const { operations, killed, errors } = await it;
    if (killed) tally.kills++;
    else {
      tally.violations.others++;
      said.push(`a driver ended by itself: ${errors}`);
    }
    for (const name of operations) {
      tally.operations[name] = (tally.operations[name] ?? 0) + 1;
    }
    said.push(operations.join(", "));
  }
  await Promise.all(users);
  return said;
}

/** When to kill a driver that may never reach the step of its own kill. */
const LONGEST_MS = 1_000;

async function killOne(
  arena: LoginArena,
  { random, version }: { random: Random; version: string },
) {
  const { agent, home } = arena;
  const seed = random.between(1, 2 ** 31);
  const steps = random.chance(0.5) ? [String(random.between(1, 60))] : [];
  const afterMs = steps.length > 0 ? LONGEST_MS : random.between(0, LONGEST_MS);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--cached-only", "--no-check", "-A"],
      `${CHECKOUT}/tests/torture/logins/login_driver.ts`,
      ...[home, agent, version, String(seed), ...steps],
    ],
    clearEnv: true,
    env: { ...arena.env, TORTURE_ACTOR: `account-qwen ${seed}` },
    cwd: CHECKOUT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    // How long it takes to start depends on what else is running.
    timer ??= setTimeout(() => kill(child), afterMs);
    text += part;
  }
  const { signal } = await child.status;
  clearTimeout(timer);
  const [, ...operations] = text.split("\n").filter(Boolean);
  return { operations, killed: signal === "SIGKILL", errors: await errors };
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // It has ended already.
    if (!(error instanceof TypeError)) throw error;
  }
}
