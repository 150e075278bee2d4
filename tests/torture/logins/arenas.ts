import { type Random, seeded } from "../random.ts";
import type { Settled } from "./levels.ts";
import { awaitAgents, type LoginArena, makeLoginArena } from "./login_arena.ts";
import { ageLocks, type Mishaps } from "./login_invariants.ts";
import { OWNERS } from "./login_operations.ts";
import { type AgentName, VERSIONS } from "./programs.ts";
import {
  addArena,
  checkRound,
  type LoginTally,
  newLoginTally,
  report,
} from "./tally.ts";

/** How many kills, and where to begin. */
export interface LoginKillsOptions {
  /** The agent. */
  agent: AgentName;
  /** How often to kill one of our processes. */
  kills: number;
  /** The seed; the same seed draws the same numbers. */
  seed: number;
  /** Called for every violation. */
  onViolation?: (report: string) => void;
  /** Called after each arena with what was done so far. */
  onArena?: (tally: LoginTally) => void;
}

/** An arena in which processes are killed. */
export interface Scene {
  /** The homes, the service and the programs. */
  arena: LoginArena;
  /** The numbers that are drawn. */
  random: Random;
  /** The version of the agent. */
  version: string;
  /** What was done so far. */
  tally: LoginTally;
}

/** What is killed, and how. */
export interface Level {
  /** How long access tokens last, seconds. */
  lifetimesS: readonly [number, ...number[]];
  /** The longest time that the service takes to answer, milliseconds. */
  mostLatencyMs: number;
  /** Prepares an arena; returns how a round goes. */
  begin(scene: Scene): Promise<Rounds>;
}

/** How a round goes in an arena. */
export interface Rounds {
  /** Kills processes while users run the agent; returns what was done. */
  act(): Promise<string[]>;
  /** Settles what the killed processes have left. */
  settle(): Promise<Settled>;
}

/** How many kills an arena lasts: users revoke its logins. */
const KILLS_IN_AN_ARENA = 24;

/** Kills processes in one arena after the other, and checks each round. */
export async function killInArenas(
  options: LoginKillsOptions,
  level: Level,
): Promise<LoginTally> {
  const tally = newLoginTally();
  for (let number = 0; tally.kills < options.kills; number++) {
    const seed = (options.seed * 1_000 + number) >>> 0;
    await tortureArena({ tally, seed }, { ...options, ...level });
    options.onArena?.(tally);
  }
  return tally;
}

async function tortureArena(
  { tally, seed }: { tally: LoginTally; seed: number },
  { agent, kills, onViolation, ...level }: LoginKillsOptions & Level,
): Promise<void> {
  const random = seeded(seed);
  const version = random.pick(VERSIONS[agent]);
  await using arena = await makeLoginArena({
    agent,
    version,
    owners: OWNERS.slice(0, random.between(2, 4)),
    lifetimeS: () => random.pick(level.lifetimesS),
  });
  const { service } = arena;
  const rounds = await level.begin({ arena, random, version, tally });
  const enough = Math.min(kills, tally.kills + KILLS_IN_AN_ARENA);
  let last: Mishaps | undefined;
  for (let round = 1; tally.kills < enough; round++) {
    service.latencyMs = random.between(0, level.mostLatencyMs);
    const before = service.book.spentTwice.length;
    const said = await rounds.act();
    await awaitAgents(arena);
    tally.lockFolders += ageLocks(arena);
    const settled = await rounds.settle();
    const { lines, mishaps } = checkRound(arena, tally, { ...settled, before });
    last = mishaps;
    if (lines.length === 0) continue;
    const what = `arena ${seed}, ${agent} ${version}, round ${round}:`;
    onViolation?.(report(arena, what, [...lines, ...said]));
    break; // later violations would have the same cause
  }
  if (last) addArena(tally, arena, last);
}
