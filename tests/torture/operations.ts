import { hasCode } from "../../lib/errors.ts";
import type { Doctor } from "../../lib/doctor/doctor.ts";
import { QwenWrapper } from "../../lib/run/qwen_wrapper.ts";
import { stashOf } from "./scenarios.ts";
import type { Place } from "./arena.ts";
import { makeLogin, noteImported } from "./play_agent.ts";
import { listKept } from "./kept.ts";
import { refreshOurselves } from "./our_refresh.ts";
import { inWorld, note } from "./service.ts";
import type { Random } from "./random.ts";
import { readText } from "./read_text.ts";
import { parsePair } from "./tokens.ts";

/** What an operation works with. */
export interface Bench {
  /** The arena. */
  place: Place;
  /** The accounts in it. */
  accounts: Doctor;
  /** Draws its numbers. */
  random: Random;
}

type Operation = (bench: Bench) => Promise<unknown>;

/** Each operation and how often it is drawn. */
const OPERATIONS: readonly [weight: number, name: string, Operation][] = [
  [30, "next", ({ accounts }) => accounts.switchNext()],
  [25, "switch", switchToUsable],
  [25, "exec", exec],
  [10, "repair", ({ accounts }) => accounts.repair()],
  [1, "restore a generation", restoreGeneration],
  [3, "restore from the stash", restoreStashed],
  [3, "setup", setUp],
  [15, "refresh", refresh],
  [3, "move", move],
  [2, "remove", remove],
  [4, "bring back", bringBack],
];

/** Whether an operation was refused for a reason that the user is told, and changed nothing. */
export function isRefusal(error: unknown): boolean {
  return hasCode(
    error,
    "account-removed", // since we looked
    "account-replaced",
    "doubtful",
    "in-use",
    "invalid-credential",
    "login-ended",
    "no-earlier-login",
    "no-other-account",
    "no-such-account", // it was removed or moved since we looked
    "none-ready",
    "none-usable",
    "only-account",
  );
}

/** Runs an operation that `random` draws, and returns its name. */
export async function operate(bench: Bench): Promise<string> {
  const all = OPERATIONS.reduce((sum, [weight]) => sum + weight, 0);
  let drawn = bench.random.next() * all;
  for (const [weight, name, operation] of OPERATIONS) {
    drawn -= weight;
    if (drawn >= 0) continue;
    inWorld(bench.place.world, (it) => note(it, `does: ${name}`));
    try {
      await operation(bench);
      return name;
    } catch (error) {
      if (isRefusal(error)) return `${name}: refused`;
      if (hasCode(error, "locked")) return `${name}: timeout`;
      throw error;
    }
  }
  return "nothing";
}

/** Acts like a user who follows what `list` says about an account. */
async function switchToUsable({ accounts, random }: Bench): Promise<void> {
  const listed = await accounts.listAccounts();
  const [first, ...others] = listed.filter((it) => it.blocked === undefined);
  if (first) await accounts.switchTo(random.pick([first, ...others]).index);
}

async function exec({ place, random }: Bench): Promise<void> {
  const { dir, bin } = place;
  const wrapper = new QwenWrapper({ dir, bin });
  const prompt = String(random.between(1, 2 ** 31));
  await wrapper.call(prompt, {
    timeoutMs: 20_000,
    limits: { quotaMs: 20 },
  });
}

/** A user who restores an older login must expect it to be refused. */
async function restoreGeneration(bench: Bench): Promise<void> {
  const { accounts, place, random } = bench;
  const [first, ...others] = await accounts.listAccounts();
  if (!first) return;
  const { index } = random.pick([first, ...others]);
  const slot = `${place.dir}/accounts/oauth_creds_${index}.json`;
  const owner = parsePair(readText(slot))?.owner ?? "";
  inWorld(place.world, ({ families }) => {
    const family = families[owner];
    if (family) family.excused = true;
  });
  await accounts.restore(index, { generation: random.between(1, 2) });
}

/** Assigns the newest stashed login to its owner, whom the user knows. */
async function restoreStashed({ accounts, place }: Bench): Promise<void> {
  const newest = new Map<string, { stash: string; number: number }>();
  for (const stash of stashOf(place)) {
    const path = `${place.dir}/accounts/stash/${stash}`;
    const pair = parsePair(readText(path));
    if (!pair || pair.number < (newest.get(pair.owner)?.number ?? 0)) continue;
    newest.set(pair.owner, { stash, number: pair.number });
  }
  for (const { index } of await accounts.listAccounts()) {
    const slot = `${place.dir}/accounts/oauth_creds_${index}.json`;
    const held = parsePair(readText(slot));
    const found = newest.get(held?.owner ?? "");
    if (!held || !found || found.number <= held.number) continue;
    await accounts.restore(index, { stash: found.stash });
  }
}

async function refresh({ accounts, place, random }: Bench): Promise<void> {
  const listed = await accounts.listAccounts();
  const [first, ...others] = listed.filter((it) => it.blocked === undefined);
  if (!first) return;
  const { index } = random.pick([first, ...others]);
  await refreshOurselves(place, index, random);
}

/**
 * Moves to a number that was never used: the check identifies accounts by
 * number.
 */
async function move({ accounts, place, random }: Bench): Promise<void> {
  const [first, ...others] = await accounts.listAccounts();
  if (!first) return;
  const { index } = random.pick([first, ...others]);
  const removed = stashOf(place).map((it) =>
    Number(/\.removed_(\d+)/.exec(it)?.[1] ?? 0)
  );
  const all = [first, ...others].map((it) => it.index);
  const to = Math.max(...all, ...removed) + random.between(1, 3);
  try {
    await accounts.moveAccount(index, to);
  } catch (error) {
    // Another process may have taken the number.
    if (!(error instanceof RangeError)) throw error;
  }
}

const LEAST_ACCOUNTS = 3;

async function remove({ accounts, random }: Bench): Promise<void> {
  const [first, ...others] = await accounts.listAccounts();
  if (!first || others.length + 1 < LEAST_ACCOUNTS) return;
  await accounts.removeAccount(random.pick([first, ...others]).index);
}

/**
 * Restores the owner of the newest removed login, whom the user knows,
 * or adds that login as a new account.
 */
async function bringBack({ accounts, place, random }: Bench): Promise<void> {
  const kept = listKept(place);
  const there = kept.filter((it) => it.place === "slots");
  const owners = new Set(there.map((it) => it.pair?.owner));
  const [newest] = kept.filter(({ path, pair }) =>
    path.includes(".removed_") && pair && !owners.has(pair.owner)
  ).sort((a, b) => (b.pair?.number ?? 0) - (a.pair?.number ?? 0));
  if (!newest?.pair) return;
  const { owner, number } = newest.pair;
  inWorld(place.world, ({ families }) => {
    // The agent may have continued with it, as it does without us.
    const family = families[owner];
    if (family && number < family.written) family.excused = true;
  });
  const index = /-[0-9a-f]{8}\.removed_(\d+)\.json$/.exec(newest.path)?.[1];
  if (index !== undefined && random.between(0, 1) === 0) {
    await accounts.restore(Number(index));
  } else {
    await accounts.addAccount(`${place.dir}${newest.path}`);
  }
}

const MOST_ACCOUNTS = 6;

async function setUp({ accounts, place, random }: Bench): Promise<void> {
  if ((await accounts.listAccounts()).length >= MOST_ACCOUNTS) return;
  const owner = `b${random.between(1, 2 ** 31)}`;
  await accounts.addAccount(makeLogin(place, owner));
  noteImported(place.world, owner);
}
