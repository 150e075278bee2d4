import { readText } from "./read_text.ts";
import {
  type HeldPair,
  inWorld,
  noteRead,
  noteWritten,
  refresh,
  unlinkedText,
} from "./service.ts";
import { formatPair, type Pair, parsePair } from "./tokens.ts";

/** The login that the agent has in memory. */
export interface Login extends HeldPair {
  /** The modification time of the file that it was read from. */
  mtimeMs: number;
}

/** Reads the live file as the agent does; `undefined` if it holds no login. */
export function readLogin(world: string, live: string): Login | undefined {
  return inWorld(world, (it) => {
    const mtimeMs = mtimeOf(live);
    const pair = parsePair(readText(live));
    if (mtimeMs === undefined || !pair) return undefined;
    return { ...noteRead(it, pair), mtimeMs };
  });
}

/** Reads the live file again if it is newer than what `login` was read from. */
export function readNewerLogin(
  world: string,
  live: string,
  login: Login,
): Login {
  const mtimeMs = mtimeOf(live);
  if (mtimeMs === undefined || mtimeMs <= login.mtimeMs) return login;
  return readLogin(world, live) ?? login;
}

/** Asks the service for the next pair. */
export function askForPair(world: string, login: Login): Pair | undefined {
  return inWorld(world, (it) => refresh(it, login));
}

/** Writes `pair` beside the live file and renames it over that. */
export function writeLogin(world: string, live: string, pair: Pair): Login {
  const temporary = `${live}.tmp.${crypto.randomUUID()}`;
  Deno.writeTextFileSync(temporary, formatPair(pair), { mode: 0o600 });
  return inWorld(world, (it) => {
    const replaced = parsePair(unlinkedText(live));
    Deno.renameSync(temporary, live);
    noteWritten(it, pair, replaced);
    return { ...pair, stale: false, mtimeMs: mtimeOf(live) ?? 0 };
  });
}

/**
 * Writes `pair` in place, through a link, as this agent does not: until the
 * link leads there, we keep its slot.
 */
export function writeLoginInPlace(
  world: string,
  live: string,
  pair: Pair,
): void {
  inWorld(world, (it) => {
    const replaced = parsePair(unlinkedText(live));
    Deno.writeTextFileSync(live, formatPair(pair));
    noteWritten(it, pair, replaced);
  });
}

/** Removes the live file, as the agent does when its refresh is refused. */
export function removeLogin(world: string, live: string): void {
  inWorld(world, (it) => {
    const replaced = parsePair(unlinkedText(live));
    removeIfThere(live);
    noteWritten(it, undefined, replaced);
  });
}

/** Removes a file, unless it does not exist. */
export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function mtimeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).mtime?.getTime();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
