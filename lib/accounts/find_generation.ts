import { hasToken, howToLogIn } from "./log_in.ts";
import { nameIn } from "../vault/account_name.ts";
import { AccountError } from "../errors.ts";
import { invocation } from "../program.ts";
import { sameBytes } from "../disk/bytes.ts";
import {
  type Found,
  type NotFound,
  readSlot,
} from "../vault/logins/credential_file.ts";
import { copyToGenerations } from "../vault/logins/generations.ts";
import { type Kept, listHistory } from "../vault/settle/guess.ts";
import { findGuess, isStashed, stashContents } from "../vault/logins/stash.ts";
import type { Locked } from "../vault/locked.ts";

/** Which earlier login to find. */
export interface FindGenerationOptions {
  /**
   * How many logins to go back, from 1.
   *
   * @default 1, or before the last guess
   */
  generation: number | undefined;
  /** The content of the slot before the update settled. */
  before: Found | NotFound;
}

/**
 * Finds the earlier login of account `index` to go back to, and returns its
 * path. The present login does not count. If the slot was unusable `before`,
 * the newest kept login comes first.
 *
 * @throws {AccountError} If no such login is kept.
 */
export async function findGeneration(
  locked: Locked,
  index: number,
  { generation, before }: FindGenerationOptions,
): Promise<string> {
  const { layout, now, notify } = locked;
  const isUseless = "problem" in before;
  const present = isUseless ? before : await readSlot(layout, index);
  if ("bytes" in present && !await isStashed(layout, present.bytes)) {
    await copyToGenerations(layout, index, present.bytes, now);
  }
  const history = await listHistory(layout, index);
  const isAsked = generation !== undefined || isUseless;
  const since = isAsked ? 0 : await endOfGuess(locked, present, history);
  const earlier = history.slice(since).filter((it) =>
    !("bytes" in present && sameBytes(it.bytes, present.bytes))
  );
  const path = earlier[(generation ?? 1) - 1]?.path;
  if (path !== undefined) {
    if (isUseless) {
      notify(
        `${
          nameIn(locked, index)
        }: its slot ${before.problem}, so generation 1 is ` +
          "the newest login that is kept",
      );
    }
    return path;
  }
  throw noEarlierLogin(locked, index, {
    generation,
    kept: earlier.length,
    problem: since > 0 ? "no login from before the guess is kept" : undefined,
  });
}

/** Returns the error for when no more than `kept` earlier logins are kept. */
export function noEarlierLogin(
  locked: Locked,
  index: number,
  { generation = 1, kept, problem }: {
    generation: number | undefined;
    kept: number;
    /** @default how many are kept */
    problem?: string | undefined;
  },
): AccountError {
  const what = hasToken(locked, index) ? "token" : "login";
  const all = kept === 1
    ? `1 earlier ${what} is`
    : `${kept} earlier ${what}s are`;
  const count = kept === 0
    ? `no earlier ${what} is kept`
    : `${all} kept, not ${generation}`;
  return new AccountError(
    "no-earlier-login",
    `Cannot restore ${nameIn(locked, index)}: ${problem ?? count}`,
    {
      index,
      hint: kept > 0
        ? `${invocation()} restore ${index} --generation ${kept}`
        : howToLogIn(locked, index),
    },
  );
}

/**
 * Returns the place in `history` where the logins from before the last guess
 * begin. If a process was killed while it undid a guess, the logins after the
 * guess are stashed like the guess itself.
 */
async function endOfGuess(
  { layout }: Locked,
  present: Found | NotFound,
  history: readonly Kept[],
): Promise<number> {
  const isGuess = "bytes" in present &&
    await findGuess(await stashContents(layout), present.bytes) !== undefined;
  const first = isGuess ? 0 : history.findIndex((it) => it.guess);
  if (first < 0) return 0;
  const rest = history.slice(first);
  const length = rest.findIndex((it) => it.guess === undefined);
  return first + (length < 0 ? rest.length : length);
}
