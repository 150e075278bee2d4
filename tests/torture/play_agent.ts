import { ownerOf, type Place } from "./arena.ts";
import { writeLogin, writeLoginInPlace } from "./agent_files.ts";
import { inWorld, newFamily } from "./service.ts";
import { formatPair, type Pair } from "./tokens.ts";

/** Refreshes as an agent with the newest login of account `index` does. */
export function playRefresh({ live, world }: Place, index: number): void {
  writeLogin(world, live, grantPair(world, ownerOf(index)));
}

/** The same for a program that writes in place, through the link. */
export function playWriteInPlace(
  { live, world }: Place,
  index: number,
): void {
  writeLoginInPlace(world, live, grantPair(world, ownerOf(index)));
}

/** Gets the next pair of `owner` from the service. */
function grantPair(world: string, owner: string): Pair {
  return inWorld(world, ({ families }) => {
    const family = families[owner] ?? (families[owner] = newFamily(-1));
    return { owner, number: ++family.granted };
  });
}

/**
 * Writes the login of an account that is new at the service to a file of the
 * user's, and returns its path.
 */
export function makeLogin(
  { home, world }: Place,
  owner: string,
): string {
  const path = `${home}/login_${owner}.json`;
  inWorld(world, ({ families }) => families[owner] ??= newFamily(-1));
  Deno.writeTextFileSync(path, formatPair({ owner, number: 0 }));
  return path;
}

/** Notes that account-qwen has imported the login of `owner`. */
export function noteImported(world: string, owner: string): void {
  inWorld(world, ({ families }) => {
    const family = families[owner];
    if (!family) return;
    family.written = Math.max(family.written, 0);
    family.placed = Math.max(family.placed, 0);
  });
}
