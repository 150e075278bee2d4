import type { Layout } from "../disk/layout.ts";
import { BusyError } from "../errors.ts";
import { Admission } from "../accounts/pool/admission.ts";
import type { Pass } from "../accounts/pool/waiting_requests.ts";
import type { RunTurn } from "../accounts/pool/run_turn.ts";
import { readTraffic } from "../ledger/traffic_file.ts";
import { underWay, withoutDead } from "../ledger/traffic.ts";
import { RUN_VARIABLE } from "../process/run_variables.ts";
import { runtime } from "../system/mod.ts";
import { nameFrom } from "../vault/account_name.ts";
import type { Verdict } from "../verdict/classify.ts";
import { blamesAccount, KIND } from "../verdict/policy.ts";
import type { RotationOptions } from "./call_options.ts";

/** The place of a run that sends its requests itself, until disposed of. */
export interface RunPlace extends AsyncDisposable {
  /** Tells other runs that the account has answered. */
  answered(): void;
  /** Tells other runs that this one ends, before the ledger has it. */
  ending(verdict: Verdict): void;
  /** Tells other runs how this one has ended, after the ledger has it. */
  ended(verdict: Verdict): void;
}

/** The user is not told about shorter waits. */
const TOLD_AFTER_MS = 1_000;

/**
 * Waits for a place at the account of `turn`. If the account has not answered
 * lately, only one run tries it, and the others wait for the outcome. A run also
 * waits while the maximum number of runs is under way: one with the login of a
 * plan, and if rotation has chosen that login, none with another plan login.
 * Returns `undefined` if the account was refused meanwhile, so that the caller
 * must look for another one.
 *
 * A run within a run has the place of the outer one.
 *
 * @throws {BusyError} If there was no place in time.
 * @throws The reason of the signal.
 */
export async function enterRun(
  turn: RunTurn,
  options: RotationOptions,
): Promise<RunPlace | undefined> {
  const { endSignal: signal, notify, system, waitMs = 0 } = options;
  if (system.env(RUN_VARIABLE)) return NO_PLACE;
  const { accounts, account, run } = turn;
  const isPlan = run.store !== undefined && run.storeKind !== "api-key";
  const maxInFlight = isPlan ? 1 : options.maxInFlight;
  const timeoutMs = Math.max(options.queueTimeoutMs, waitMs);
  const { layout } = accounts;
  const { rivals = [] } = run;
  await using owned = new AsyncDisposableStack();
  const admission = owned.use(new Admission(layout, { maxInFlight, system }));
  const ticket = { accounts: [account], asOf: run.at, rivals };
  const pass = await telling(admission.enter({ ...ticket, timeoutMs, signal }));
  if (pass === "look again") return undefined;
  if (pass === "too late") {
    const name = await nameFrom(accounts, account);
    const rival = await findBusy(layout, rivals);
    const most = maxInFlight === 1 ? "another run is" : "other runs are";
    const why = isPlan ? ", and a plan login has one run at a time" : "";
    throw new BusyError(
      "in-use",
      `Cannot run with ${name} within ${Math.ceil(timeoutMs / 1_000)} s: ` +
        (rival === undefined
          ? `${most} under way${why}`
          : `a run with ${await nameFrom(accounts, rival)} is under way, and ` +
            "rotation uses one plan login at a time"),
    );
  }
  return placeWith(pass, owned.move());

  /** Tells the user of a long wait. */
  async function telling<T>(entered: Promise<T>): Promise<T> {
    const quiet = new AbortController();
    const told = system.sleep(TOLD_AFTER_MS, quiet.signal).then(async () => {
      const isRival = await findBusy(layout, rivals) !== undefined;
      const whom = isRival
        ? "runs with another plan login"
        : `other runs with ${await nameFrom(accounts, account)}`;
      if (!quiet.signal.aborted) notify(`waiting for ${whom}`);
    }, () => {});
    try {
      return await entered;
    } finally {
      quiet.abort();
      await told;
    }
  }
}

/** Returns the first of `accounts` that a run or a request uses now. */
async function findBusy(
  layout: Layout,
  accounts: readonly number[],
): Promise<number | undefined> {
  if (accounts.length === 0) return undefined;
  const isAlive = (it: string) => runtime.host.mayBeRunning(it);
  const traffic = withoutDead(await readTraffic(layout), isAlive);
  return accounts.find((it) => underWay(traffic, it) > 0);
}

function placeWith(pass: Pass, owned: AsyncDisposableStack): RunPlace {
  return {
    answered: () => pass.tell("answered"),
    ending(verdict) {
      if (blamesAccount(verdict)) pass.tell("leaving");
    },
    ended: (verdict) =>
      pass.tell(
        verdict.kind === KIND.ok
          ? "answered"
          : verdict.isCrowded
          ? "crowded"
          : blamesAccount(verdict)
          ? "refused"
          : "failed",
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const NO_PLACE: RunPlace = {
  answered() {},
  ending() {},
  ended() {},
  async [Symbol.asyncDispose]() {},
};
