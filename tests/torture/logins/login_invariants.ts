import type { Note } from "./fake_agent.ts";
import type { LoginArena } from "./login_arena.ts";
import { type Family, nameOf, type SpentTwice } from "./token_book.ts";

/** The violations by kind, one line each. */
export interface LoginViolations {
  /** The newest token of a login is nowhere, and no user has removed it. */
  losses: string[];
  /** A token is in two places, or in the place of another account. */
  wrongPlaces: string[];
  /** A token was spent twice, and not by a user alone. */
  spentTwice: string[];
  /** Any other violation. */
  others: string[];
}

/** What happened that was caused by no one, or by the user. */
export interface Mishaps {
  /** Families that users have revoked by two starts at the same time. */
  races: number;
  /** Logins that a plain login or logout has removed. */
  removed: number;
  /** Refreshes whose tokens the agent did not write. */
  dropped: number;
  /** Logins that are in the stash, as ones whose owner is not proven. */
  stashed: number;
  /** Logins that the plain agent uses and that are no account's. */
  unowned: number;
}

/** The accounts of a record: whose login each number is. */
export type Owners = ReadonlyMap<number, string | undefined>;

const TOKEN = /refresh-[a-z]+-\d+-\d+/g;

/**
 * Checks an arena in which no process is running: each newest token is in one
 * place, and that is its account's.
 */
export function checkLogins(
  arena: LoginArena,
  { owners, plain, since }: {
    owners: Owners;
    /** The account whose login the plain agent uses. */
    plain: number | undefined;
    since: SpentTwice[];
  },
): { violations: LoginViolations; mishaps: Mishaps } {
  const notes = readNotes(arena.notes);
  const places = findTokens(arena.dir);
  const violations: LoginViolations = {
    losses: [],
    wrongPlaces: checkPlaces(places, { owners, notes }),
    spentTwice: [],
    others: [
      ...checkLeftovers(arena),
      ...notes.filter((it) => it.act === "fails")
        .map((it) => `the fake failed: ${it.path}`),
    ],
  };
  const mishaps: Mishaps = {
    races: 0,
    removed: 0,
    dropped: 0,
    stashed: 0,
    unowned: 0,
  };
  for (const family of arena.service.book.families.values()) {
    if (family.revoked) continue;
    const found = places.get(tokenOf(family, family.newest)) ?? [];
    const [only = ""] = found;
    const isStashed = /\/stash\//.test(only) && !only.includes(".removed_");
    if (found.length === 1 && isStashed) mishaps.stashed++;
    const isPlain = only !== "" && !only.includes("/");
    const isOwned = owners.get(plain ?? 0)?.startsWith(`${family.owner}@`);
    if (found.length === 1 && isPlain && !isOwned) mishaps.unowned++;
    if (found.length === 1) continue;
    if (found.length > 1) {
      violations.wrongPlaces.push(`${nameFamily(family)} is in ${found}`);
      continue;
    }
    const cause = causeOfLoss(family, notes);
    if (cause === "removed" || cause === "dropped") mishaps[cause]++;
    else violations.losses.push(cause);
  }
  for (const it of since) {
    const fault = faultOf(it, notes);
    if (fault === undefined) mishaps.races++;
    else violations.spentTwice.push(fault);
  }
  return { violations, mishaps };
}

/** How many violations there are. */
export function countLoginViolations(found: LoginViolations): number {
  return Object.values(found).flat().length;
}

/** Reads what the fakes have noted. */
export function readNotes(path: string): Note[] {
  return Deno.readTextFileSync(path).split("\n").filter(Boolean)
    .map((it) => JSON.parse(it));
}

/** Returns the paths of the files with each refresh token. */
function findTokens(folder: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const path of filesBelow(folder)) {
    const text = Deno.readTextFileSync(path);
    for (const token of new Set(text.match(TOKEN) ?? [])) {
      const name = path.slice(folder.length + 1);
      found.set(token, [...found.get(token) ?? [], name]);
    }
  }
  return found;
}

function checkPlaces(
  places: ReadonlyMap<string, string[]>,
  { owners, notes }: { owners: Owners; notes: readonly Note[] },
): string[] {
  return [...places].flatMap(([token, paths]) =>
    paths.flatMap((path) => {
      const [, index] = /^accounts\/(\d+)\//.exec(path) ?? [];
      if (index === undefined) return [];
      const owner = owners.get(Number(index));
      const isOwn = owner === undefined ||
        owner.startsWith(`${nameOf(token)?.owner}@`);
      return isOwn || isTorn(token, notes)
        ? []
        : [`${path} of ${owner} has ${token}`];
    })
  );
}

/** A refresh that was never written, or what a user has done. */
function causeOfLoss(family: Family, notes: readonly Note[]): string {
  const token = tokenOf(family, family.newest);
  const isCommitted = notes.some((it) =>
    it.act === "commits" && it.token === token
  );
  const last = notes.findLast((it) => it.over === token);
  const isByUser = last && /^(login|logout)$/.test(last.command) &&
    last.actor.startsWith("plain");
  if (isByUser || last && isUserRace(notes, last) || isTorn(token, notes)) {
    return "removed";
  }
  if (family.newest > 0 && !isCommitted) {
    const drop = notes.find((it) => it.act === "drops" && it.token === token);
    const isOfUser = drop && hasUserChange(notes, drop);
    return isOfUser ? "dropped" : `${token} was granted but never written`;
  }
  return last
    ? `${token} was overwritten by ${last.actor}, ${last.command}`
    : `${token} is lost`;
}

/**
 * Whether a user has logged in beside a run of that user, which then wrote its
 * own login over the new one, as versions of codex do.
 */
function isUserRace(notes: readonly Note[], write: Note): boolean {
  const begin = notes.find((it) => it.pid === write.pid);
  const login = notes.find((it) =>
    it.act === "commits" && it.token === write.over
  );
  return write.actor.startsWith("plain") && begin !== undefined &&
    login?.command === "login" && login.actor.startsWith("plain") &&
    begin.at <= login.at;
}

/**
 * Whether two processes of users wrote over each other when one of them wrote
 * `token`: versions without locks do so, and the notes do not tell what is left.
 */
function isTorn(token: string, notes: readonly Note[]): boolean {
  const writes = notes.flatMap(({ act, actor, at, path, pid, ...it }) => {
    if (act !== "writes" || !actor.startsWith("plain")) return [];
    const end = notes.find((other) =>
      other.act === "commits" && other.pid === pid && other.path === path &&
      other.at >= at
    );
    return [{ token: it.token, path, pid, from: at, to: end?.at ?? at }];
  });
  return writes.filter((it) => it.token === token).some((own) =>
    writes.some((it) =>
      it.pid !== own.pid && it.path === own.path &&
      it.from <= own.to && it.to >= own.from
    )
  );
}

/**
 * Whether a user logged in or out while `drop` was under way: beside any process
 * of that user, or in the file that our run has, too.
 */
function hasUserChange(notes: readonly Note[], drop: Note): boolean {
  const [begin] = notes.filter((it) => it.pid === drop.pid);
  const isOfUser = drop.actor.startsWith("plain");
  return notes.some((it) =>
    /^(login|logout)$/.test(it.command) && it.actor.startsWith("plain") &&
    it.at >= (begin?.at ?? 0) && it.at <= drop.at &&
    (isOfUser || /^(commits|removes)$/.test(it.act) && it.path === drop.path)
  );
}

/**
 * Returns why we are to blame: both were started by us, or the second one has
 * read the token after the first one had written the next.
 */
function faultOf(
  { token, actors }: SpentTwice,
  notes: readonly Note[],
): string | undefined {
  const told = `${token} was spent by ${actors.join(" and ")}`;
  if (actors.every((it) => it.startsWith("account-qwen"))) return told;
  const next = nextOf(token);
  const written = notes.find((it) => it.act === "commits" && it.token === next);
  const [, second] = actors;
  const read = notes.findLast((it) =>
    it.act === "reads" && it.token === token && it.actor === second
  );
  const isStale = written && read && read.at > written.at;
  return isStale
    ? `${told}, which read it after ${next} was written`
    : undefined;
}

function nextOf(token: string): string {
  return token.replace(/\d+$/, (it) => String(Number(it) + 1));
}

/**
 * A killed process leaves folders that are locks of the agent. Lets their time
 * pass at once, and returns how many there are.
 */
export function ageLocks({ home, dir }: LoginArena): number {
  const all = [`${home}/.claude.lock`, ...namesBelow(dir)];
  const locks = all.filter((it) => it.endsWith(".lock") && isFolder(it));
  for (const path of locks) Deno.utimeSync(path, 0, 0);
  return locks.length;
}

/** What must not be there when no process is running. */
function checkLeftovers({ dir }: LoginArena): string[] {
  const names = namesBelow(dir).map((it) => it.slice(dir.length + 1));
  // The record is this suite's own.
  return names.filter((it) => /\.tmp$|\.tmp\./.test(it))
    .filter((it) => !it.includes(".record.json."))
    .map((it) => `${it} should not be there`);
}

function isFolder(path: string): boolean {
  try {
    return Deno.lstatSync(path).isDirectory;
  } catch {
    return false;
  }
}

function tokenOf({ owner, login }: Family, number: number): string {
  return `refresh-${owner}-${login}-${number}`;
}

function nameFamily(family: Family): string {
  return tokenOf(family, family.newest);
}

function namesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((it) => {
    const path = `${folder}/${it.name}`;
    return it.isDirectory ? [path, ...namesBelow(path)] : [path];
  });
}

function filesBelow(folder: string): string[] {
  return namesBelow(folder).filter((it) => Deno.lstatSync(it).isFile);
}
