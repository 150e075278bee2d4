/**
 * Sends one request to one or more accounts. Rules:
 *
 * - No part of an answer is passed on before the meaning of the reply is known.
 *   After that, the request is not sent again.
 * - A request always goes to the current account of the pool, so that all
 *   requests move on together when one of them has found a reason to.
 * - A request asks an account that it has left again only to wait for the end
 *   of a throttle.
 *
 * @module
 */

import { NoAccountReadyError } from "../errors.ts";
import type { Verdict } from "../verdict/classify.ts";
import { exhaustedReply, isExhaustion } from "./error_reply.ts";
import {
  askAndJudge,
  type AskAndJudgeOptions,
  cutOff,
  refusal,
} from "./ask_and_judge.ts";
import type { Judged } from "./judged.ts";
import {
  LONGEST_WAIT_MS,
  type Pool,
  type Turn,
} from "../accounts/pool/pool.ts";
import { isSuccess } from "./reply.ts";
import type { Reply } from "../system/network.ts";
import { type Opening, type Part, seamless } from "./seam.ts";
import type { Call } from "./upstream.ts";
import {
  type Move,
  nextMove,
  NO_PAST,
  type Past,
  pastAfter,
} from "../verdict/next_move.ts";
import { policyOf } from "../verdict/policy.ts";

/** A pause before the same account is asked again. */
export interface Wait {
  /** The account. */
  account: number;
  /** The length, milliseconds. */
  ms: number;
}

/** How to rotate through accounts. */
export interface ForwardOptions extends AskAndJudgeOptions {
  /** The accounts. */
  pool: Pool;
  /** The longest throttle to wait for if there may be another account. */
  shortPauseMs: number;
  /**
   * Returns the pause before a broken account is asked again, milliseconds, after
   * `failures` earlier failures; `undefined` for no retry.
   */
  pauseFor: (failures: number) => number | undefined;
  /** The most other accounts to ask. */
  maxRetries: number;
  /** Called with work that continues after the reply was passed on. */
  onLater: (work: Promise<void>) => void;
  /** Called before each wait for a throttle. */
  onWait: (wait: Wait) => void;
}

/** The pause if a throttled account is the only one and gives no time. */
const DEFAULT_WAIT_MS = 5_000;

/** The shortest pause, for services that say "retry now". */
const SHORTEST_WAIT_MS = 1_000;

/**
 * Sends `call` to the account of the pool, and to others until one answers.
 *
 * @throws The reason of the call's signal, if the client has disconnected.
 */
export async function forward(
  call: Call,
  options: ForwardOptions,
): Promise<Reply> {
  const { pool, shortPauseMs, pauseFor, maxRetries, system } = options;
  const { wire, signal } = call;
  const pasts = new Map<number, Past>();
  const left = new Map<number, Verdict>();
  let last: Judged | undefined; // passed on only if no account is left
  let waitedMs = 0;
  let current: Turn | undefined;
  call.onEnd(() => current?.end?.());
  const { response, opening } = await findAnswer();
  if (!opening) return response;
  const { status, headers } = response;
  headers.delete("content-length");
  const body = seamless({ response, opening }, {
    wire,
    onEnd: call.body?.keep() ?? (() => {}),
    onDisconnect: call.abort,
  });
  return { status, headers, body };

  async function findAnswer(): Promise<Part> {
    try {
      while (true) {
        current?.end?.();
        const turn = current = await pool.take(signal);
        const { account } = turn.upstream;
        const before = left.get(account);
        if (last && before && isThrottle(before)) {
          await waitForEnd(account, before);
        } else if (last && (before || isOneTooMany(account))) {
          return last;
        }
        drop(last);
        last = await ask(turn);
        if (last.verdict?.isCrowded) turn.crowded?.();
        const move = moveAfter(last, turn);
        if (move.do === "elsewhere") return await askElsewhere(last, turn);
        if (!last.verdict || move.do === "pass") return passOn(last, turn);
        await follow(move, last.verdict, turn);
      }
    } catch (error) {
      drop(last);
      if (!isExhaustion(error)) throw error;
      const other = call.model === undefined
        ? undefined
        : await pool.elsewhere?.(undefined, call.model);
      if (other && !left.has(other.upstream.account)) {
        const judged = await ask(other);
        if (!judged.verdict) return passOn(judged, other);
        drop(judged);
      }
      return { response: exhaustedReply(error, { wire, now: system.now() }) };
    }
  }

  function ask({ upstream }: Turn): Promise<Judged> {
    return askAndJudge(call, upstream, options);
  }

  function moveAfter({ verdict, isSlow }: Judged, { upstream }: Turn): Move {
    const isOneAttempt = isSlow || pool.isOutage();
    return nextMove(verdict, {
      canRenew: true,
      retriesItself: false,
      hasAskedOthers: false,
      mayRepeat: true,
      canResume: false,
      now: system.now(),
      shortPauseMs,
      pauseFor: (failures) => isOneAttempt ? undefined : pauseFor(failures),
    }, pasts.get(upstream.account) ?? NO_PAST);
  }

  /** Makes `move`, which decides which account to ask next. */
  async function follow(
    move: Move,
    verdict: Verdict,
    turn: Turn,
  ): Promise<void> {
    const { account } = turn.upstream;
    const past = pasts.get(account) ?? NO_PAST;
    pasts.set(account, pastAfter(past, verdict, move));
    if (await stays(move, turn, verdict)) return;
    left.set(account, verdict);
    await turn.leave(verdict);
  }

  /**
   * Asks one other account with another model or address for what this account
   * refused. If that fails too, the first refusal is passed on.
   */
  async function askElsewhere(
    refused: Judged,
    turn: Turn,
  ): Promise<Part> {
    const other = await pool.elsewhere?.(turn, call.model);
    if (!other) return passOn(refused, turn);
    const judged = await ask(other);
    if (judged.verdict || !isSuccess(judged.response)) {
      drop(judged);
      return passOn(refused, turn);
    }
    drop(refused);
    return passOn(judged, other);
  }

  function isOneTooMany(account: number): boolean {
    return !pasts.has(account) && pasts.size > maxRetries;
  }

  async function stays(
    move: Move,
    turn: Turn,
    verdict: Verdict,
  ): Promise<boolean> {
    if (move.do === "renew") return await turn.renew();
    if (move.do !== "again") return false;
    await pause(move.afterMs, turn.upstream.account, verdict);
    return true;
  }

  async function waitForEnd(account: number, verdict: Verdict): Promise<void> {
    const { retryAt = system.now() + DEFAULT_WAIT_MS } = verdict;
    const waitMs = Math.max(retryAt - system.now(), SHORTEST_WAIT_MS);
    if (waitedMs + waitMs > LONGEST_WAIT_MS) {
      const obstacle = "rate-limited";
      throw new NoAccountReadyError([{
        index: account,
        obstacle,
        readyAt: retryAt,
      }]);
    }
    await pause(waitMs, account, verdict);
  }

  async function pause(
    ms: number,
    account: number,
    verdict: Verdict,
  ): Promise<void> {
    waitedMs += ms;
    if (isThrottle(verdict)) options.onWait({ account, ms });
    await system.sleep(ms, signal);
  }

  function passOn(reply: Judged, turn: Turn): Part {
    const { verdict, response, later, classify } = reply;
    if (verdict) turn.refused(verdict);
    else if (isSuccess(response) && !classify) turn.answered();
    options.onLater(later.then(async (it) => {
      if (!it || !isAboutAccount(it) || signal.aborted) return;
      await turn.leave(it, { isPassedOn: true });
    }));
    return { response, opening: classify && openingOf(classify, turn) };
  }

  function openingOf(
    classify: NonNullable<Judged["classify"]>,
    turn: Turn,
  ): Opening {
    return {
      classify(error) {
        const verdict = classify(error);
        return verdict && isAboutAccount(verdict) ? verdict : undefined;
      },
      onAnswer: () => turn.answered(),
      async onFailure(failure) {
        const next = replaceAfter(failure, turn);
        options.onLater(next.then(() => {}, (error) => {
          if (!signal.aborted) throw error;
        }));
        return await next;
      },
    };
  }

  async function replaceAfter(
    { verdict, error }: { verdict?: Verdict; error?: unknown },
    turn: Turn,
  ): Promise<Part> {
    signal.throwIfAborted();
    last = verdict
      ? refusal(wire, verdict)
      : cutOff(error, { upstream: turn.upstream, wire });
    const move = moveAfter(last, turn);
    if (!last.verdict || move.do === "pass") return last;
    await follow(move, last.verdict, turn);
    return await findAnswer();
  }
}

/** Whether an error in a stream, or its end, affects the account. */
function isAboutAccount(verdict: Verdict): boolean {
  return policyOf(verdict).move !== "pass";
}

function isThrottle(verdict: Verdict): boolean {
  return policyOf(verdict).move === "wait";
}

function drop(judged: Judged | undefined): void {
  judged?.response.body?.cancel().catch(() => {}); // it may have failed already
}
