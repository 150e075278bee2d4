import { parse } from "@std/yaml";
import type { Place } from "./arena.ts";
import { GENERATION, type Kept, listKept, SLOT, STASHED } from "./kept.ts";
import { exists, linkedSlot, namesIn } from "./look.ts";
import { inWorld, noteSaved, type World } from "./service.ts";
import { readText } from "./read_text.ts";
import { namePair, parsePair } from "./tokens.ts";

/** The violations by kind, one line each. */
export interface Violations {
  /** The newest pair of an account is nowhere. */
  losses: string[];
  /**
   * A slot or its generations hold something of another account, or nothing.
   */
  wrongSlots: string[];
  /** A family was revoked through our fault. */
  revocations: string[];
  /** Any other violation. */
  others: string[];
}

/** Which checks apply. */
export interface CheckOptions {
  /** Whether a recovery has finished and no process of ours is running. */
  settled: boolean;
}

/** The names that may remain at the end, including those of the agent. */
const NAMES: Record<string, RegExp> = {
  "":
    /^(accounts|oauth_creds\.(json|lock|json\.tmp\..*)|state\.yaml(\.lock|\.set-aside-.*)?|traffic\.json(\.lock|\.new)?|rotation\.log(\.\d)?)$/,
  "accounts":
    /^(oauth_creds_\d+\.json|generations|stash|runs|usage|labels\.json|cli_(defaults_[0-9a-f]{16}\.json|lineage_[0-9a-f]{16}\.cjs))$/,
  "accounts/generations": GENERATION,
  "accounts/usage": /^(\d{4}-\d\d-\d\d\.jsonl|lock)$/,
  "accounts/stash": STASHED,
  "accounts/runs":
    /^(((key_)?run|login)_\d+_[0-9a-f]{16}|refresh_\d+(\.failed)?)$/,
};

/**
 * Checks the invariants while the world of the service stands still. A slot
 * belongs to the account in `owners`, or else to the first account seen in it,
 * which is then added to `owners`.
 */
export function checkInvariants(
  arena: Place,
  owners: Map<number, string>,
  { settled }: CheckOptions,
): Violations {
  return inWorld(arena.world, (world) => {
    const kept = listKept(arena);
    noteSaved(world, kept, { done: settled });
    const others: string[] = [];
    if (settled) {
      others.push(
        ...checkNames(arena.dir),
        ...checkLive(arena, world),
        ...checkState(arena),
        ...checkModes(arena.dir),
      );
      if (linkedSlot(arena.live) !== undefined) world.removed = false;
    }
    others.push(...checkLog(arena.dir));
    const failure = readText(`${arena.world}.agent-failed`);
    if (failure) others.push(`the CLI's double failed: ${failure}`);
    return {
      losses: checkLosses(world, kept),
      wrongSlots: checkSlots(kept, owners, settled),
      revocations: world.faults.splice(0),
      others,
    };
  });
}

/** How many violations there are. */
export function countViolations(found: Violations): number {
  return Object.values(found).flat().length;
}

function checkLosses(world: World, kept: readonly Kept[]): string[] {
  const found = new Set(kept.map(({ pair }) => pair && namePair(pair)));
  return Object.entries(world.families).flatMap(([owner, family]) => {
    if (family.written < 0 || family.clobbered) return [];
    const name = namePair({ owner, number: family.written });
    const others = list(kept, owner);
    return found.has(name) ? [] : [`${name} is lost; kept are ${others}`];
  });
}

function checkSlots(
  kept: readonly Kept[],
  owners: Map<number, string>,
  settled: boolean,
): string[] {
  const problems: string[] = [];
  for (const { path, place, index, pair } of kept) {
    if (index === undefined || place === "temporary") continue;
    if (!pair) {
      problems.push(`${path} holds no login`);
      continue;
    }
    const owner = owners.get(index) ?? pair.owner;
    if (settled) owners.set(index, owner);
    if (pair.owner !== owner) {
      problems.push(`${path} holds ${namePair(pair)} but is of ${owner}`);
    }
  }
  const slots = kept.filter((it) => it.place === "slots");
  const all = slots.map((it) => it.pair?.owner);
  if (settled && new Set(all).size < all.length) {
    problems.push(`two slots are of one account: ${all.join(" ")}`);
  }
  return problems;
}

function checkLive({ dir, live }: Place, world: World) {
  const index = linkedSlot(live);
  if (index !== undefined) {
    const slot = `${dir}/accounts/oauth_creds_${index}.json`;
    return readText(slot) ? [] : [`the link leads to slot ${index}: nothing`];
  }
  if (exists(live)) {
    // The agent may have written since; then it is a whole login.
    const pair = parsePair(readText(live));
    return pair ? [] : ["the live file is neither our link nor a login"];
  }
  // Without a live file, the agent cannot send a doubtful login to the service.
  const isAllowed = world.removed || areAllBlocked(dir);
  return isAllowed ? [] : ["the live file is not there"];
}

function areAllBlocked(dir: string): boolean {
  const { accounts } = Object(parse(readText(`${dir}/state.yaml`) ?? ""));
  const stash = namesIn(`${dir}/accounts/stash`).join();
  const slots = namesIn(`${dir}/accounts`).flatMap((it) =>
    SLOT.exec(it)?.[1] ?? []
  );
  return slots.every((it) =>
    Object(Object(accounts)[`account${it}`]).blocked ||
    new RegExp(`\\.of_([\\d_]+_)?${it}[_.]`).test(stash)
  );
}

function checkState({ dir, live }: Place): string[] {
  const text = readText(`${dir}/state.yaml`);
  if (text === undefined) return ["there is no state.yaml"];
  try {
    const state = Object(parse(text));
    const index = linkedSlot(live);
    if (index !== undefined && state.current_index !== index) {
      return [`state.yaml names ${state.current_index}, the link ${index}`];
    }
    const slots = namesIn(`${dir}/accounts`).filter((it) => SLOT.test(it));
    return state.total_accounts === slots.length
      ? []
      : [`state.yaml counts ${state.total_accounts} of ${slots.length} slots`];
  } catch (error) {
    return [`state.yaml is not YAML: ${error}`];
  }
}

function checkNames(dir: string): string[] {
  return Object.entries(NAMES).flatMap(([folder, allowed]) =>
    namesIn(`${dir}/${folder}`).filter((it) => !allowed.test(it))
      .map((it) => `"${folder}/${it}" should not be there`)
  );
}

function checkModes(dir: string): string[] {
  return ["", ...Object.keys(NAMES).filter(Boolean)].flatMap((folder) => {
    const path = folder ? `${dir}/${folder}` : dir;
    const mode = folderMode(path);
    const problems = mode === undefined || mode === 0o700
      ? []
      : [`${path} has mode ${mode.toString(8)}`];
    for (const name of namesIn(path)) {
      const info = Deno.lstatSync(`${path}/${name}`);
      const isTheirs = name.startsWith("oauth_creds.") && folder === "";
      if (!info.isFile || isTheirs) continue;
      const bits = (info.mode ?? 0) & 0o777;
      if (bits !== 0o600) problems.push(`${name} has mode ${bits.toString(8)}`);
    }
    return problems;
  });
}

/** `accounts/` may be a link to a folder. */
function folderMode(path: string): number | undefined {
  try {
    return (Deno.statSync(path).mode ?? 0) & 0o777;
  } catch {
    return undefined;
  }
}

function checkLog(dir: string): string[] {
  const lines = (readText(`${dir}/rotation.log`) ?? "").split("\n");
  if (lines.pop() !== "") return ["the last line of rotation.log is cut short"];
  return lines.filter((it) => !isJson(it))
    .map(() => "a line of rotation.log is not JSON");
}

function list(kept: readonly Kept[], owner: string): string {
  return kept.filter(({ pair }) => pair?.owner === owner)
    .map(({ pair, place }) => `${pair?.number} (${place})`).join(", ");
}

function isJson(line: string): boolean {
  try {
    return typeof JSON.parse(line) === "object";
  } catch {
    return false;
  }
}
