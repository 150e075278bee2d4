import { until } from "../../support/deadline.ts";
import { awaitAgents, type LoginArena, makeLoginArena } from "./login_arena.ts";
import { checkLogins, type Mishaps } from "./login_invariants.ts";
import { usedBy } from "./login_operations.ts";
import type { Level } from "./levels.ts";
import type { AgentName } from "./programs.ts";

/** A command at a step of the agent; these fields reproduce it. */
export interface Interleaving {
  agent: AgentName;
  version: string;
  /** The arguments of the plain agent. */
  plain: readonly string[];
  /** The step before which the agent waits, from 1. */
  step: number;
  /** What runs meanwhile, such as `switch 2`. */
  act: string;
  /** What does it: the command line, or the storage alone. */
  level: Level;
}

/** How it ended. */
export interface Outcome {
  /** The step, such as `lock .codex/auth.lock`; `undefined` if it has fewer. */
  step: string | undefined;
  /** How the act ended. */
  ended: string;
  /** What is wrong afterwards. */
  violations: string[];
  /** What else happened. */
  mishaps: Mishaps;
}

/** How long the agent waits at most for a command, which may wait for it. */
const HELD_MS = 1_000;

/**
 * Runs a command while the plain agent, which has the login of account 1, stands
 * before one of its steps. The login is due for a refresh.
 */
export async function interleave(it: Interleaving): Promise<Outcome> {
  const { agent, version, level } = it;
  let lifetimeS = 200;
  await using arena = await makeLoginArena({
    agent,
    version,
    owners: ["anna", "ben"],
    lifetimeS: () => lifetimeS,
    isAged: true,
  });
  lifetimeS = 3_600;
  await level.act(arena, "switch 1");
  const hold = `${arena.home}/hold`;
  const running = startPlain(arena, it, hold);
  let isOver = false;
  const over = running.status.then(() => isOver = true);
  await until(
    () => Promise.resolve(isOver || isFile(`${hold}.reached`)),
    { what: `step ${it.step}` },
  );
  const step = isFile(`${hold}.reached`)
    ? Deno.readTextFileSync(`${hold}.reached`).replaceAll(`${arena.home}/`, "")
    : undefined;
  const act = level.act(arena, it.act);
  const timer = Promise.withResolvers<void>();
  const held = setTimeout(timer.resolve, HELD_MS);
  await Promise.race([act, timer.promise]);
  clearTimeout(held);
  Deno.writeTextFileSync(`${hold}.go`, "");
  const ended = await act;
  await over;
  await awaitAgents(arena);
  const settled = await level.settle(arena);
  const { violations, mishaps } = checkLogins(arena, {
    plain: settled.plain,
    owners: settled.owners,
    since: arena.service.book.spentTwice,
  });
  const found = Object.entries(violations)
    .flatMap(([kind, all]) => all.map((text: string) => `${kind}: ${text}`));
  return {
    step,
    ended,
    violations: [...settled.problems, ...found],
    mishaps,
  };
}

function startPlain(
  arena: LoginArena,
  { plain, step }: Interleaving,
  hold: string,
): Deno.ChildProcess {
  return new Deno.Command(arena.bin, {
    args: [...plain],
    clearEnv: true,
    env: {
      ...arena.env,
      TORTURE_ACTOR: `plain ${plain.join(" ")}`,
      TORTURE_HOLD: `${step}:${hold}`,
      TORTURE_LOGIN: "carla",
      TORTURE_USES: usedBy(arena, "plain"),
    },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
