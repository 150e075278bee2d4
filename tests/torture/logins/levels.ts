import type {
  HomeCall,
  HomeResult,
} from "../../../lib/vault/home_logins/home_call.ts";
import {
  moveIn,
  moveOut,
  reserveHome,
  settleHomeLogins,
  switchPlain,
} from "../../../lib/vault/home_logins/home_logins.ts";
import type { HomePlace } from "../../../lib/vault/home_logins/home_place.ts";
import { basics as claude } from "../../../lib/agents/claude/basics.ts";
import { basics as codex } from "../../../lib/agents/codex/basics.ts";
import { requireNoLoginChange } from "../../../lib/vault/home_logins/users.ts";
import { seeded } from "../random.ts";
import { lockProblems, runCommand, settleArena } from "./commands.ts";
import type { LoginArena } from "./login_arena.ts";
import type { Owners } from "./login_invariants.ts";
import { readRecord, underLock } from "./login_operations.ts";

/** What may be done with logins: by the command line, or by the storage alone. */
export interface Level {
  /** Does `what`, such as `switch 2`; returns how it ended. */
  act(arena: LoginArena, what: string): Promise<string>;
  /** Settles everything; returns whose login each folder has then. */
  settle(arena: LoginArena): Promise<Settled>;
}

/** The accounts when everything is settled. */
export interface Settled {
  /** Whose login each account has. */
  owners: Owners;
  /** The account whose login the plain agent uses. */
  plain: number | undefined;
  /** What is wrong, one line each. */
  problems: string[];
}

/** The commands of `program`. */
export function commandLevel(program: readonly string[]): Level {
  return {
    async act(arena, what) {
      const args = what.split(" ");
      const { name, said } = await runCommand(arena, { program, args });
      return `${name}: ${said}`;
    },
    settle: (arena) => settleArena(arena, { program }),
  };
}

const BASICS = { claude, codex };

type Call = (place: HomePlace, call: HomeCall) => Promise<HomeResult>;

const CALLS: Readonly<Record<string, (index: number) => Call>> = {
  "move in": () => moveIn,
  "move out": (index) => (place, call) => moveOut(place, { ...call, index }),
  reserve: () => reserveHome,
  settle: () => settleHomeLogins,
  switch: (index) => (place, call) => switchPlain(place, { ...call, index }),
};

/** The storage alone, which does not look for running agents. */
export const STORAGE: Level = {
  act: (arena, what) => call(arena, what),
  async settle(arena) {
    const problems = await lockProblems(`${arena.dir}/state.yaml.lock`);
    await underLock(benchOf(arena), settleHomeLogins).catch((error) => {
      problems.push(`others: cannot settle: ${error}`);
    });
    const { plain, accounts } = readRecord(arena);
    const owners = new Map(
      [...accounts].map(([index, it]) => [index, it?.owner]),
    );
    return { owners, plain, problems };
  },
};

/** The storage, which refuses while an agent is logging in or out. */
export const CHECKED: Level = {
  ...STORAGE,
  act: (arena, what) =>
    call(arena, what, () => {
      const { agent, dir: home } = arena;
      const layout = Object({ agent: BASICS[agent], home });
      return requireNoLoginChange({ layout }, { doing: what });
    }),
};

async function call(
  arena: LoginArena,
  what: string,
  check?: HomeCall["check"],
): Promise<string> {
  const [, name = "", index] = /^(\D+?)(?: (\d+))?$/.exec(what) ?? [];
  const act = CALLS[name]?.(Number(index));
  if (!act) throw new RangeError(`There is no call "${what}"`);
  try {
    await underLock(
      benchOf(arena),
      (place, its) => act(place, { ...its, check }),
    );
    return "done";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function benchOf(place: LoginArena) {
  return { place, random: seeded(1), version: "" };
}
