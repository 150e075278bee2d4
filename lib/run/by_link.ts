import { serviceAt, serviceOfLogin } from "../providers/api_presets.ts";
import type { Verdict } from "../verdict/classify.ts";
import type { Service } from "../verdict/service.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import type { BegunRun } from "../accounts/begin_run.ts";
import type { EndedRun } from "../accounts/end_run.ts";
import { layoutAt } from "../disk/layout.ts";
import { type Access, type Attempt, runAttempt } from "./attempt.ts";
import { lineageOption } from "./lineage_preload.ts";
import { nextStep, NO_ACCOUNT, type Tried } from "./next_step.ts";
import type { RotatedRun, RotationOptions } from "./call_options.ts";
import {
  type AccountAttempt,
  endOrNotify,
  LONGEST_TRY_MS,
} from "./account_attempt.ts";
import type { KeyOfRun } from "../providers/provider.ts";
import { addTokens, type Tokens } from "../verdict/session_log.ts";
import { randomHex } from "../disk/names.ts";
import { KIND, policyOf } from "../verdict/policy.ts";

/**
 * Runs the agent with the account of `begun` only: it reads the login through
 * the link, or gets the key. Ends `begun`, even after a failure.
 */
export async function runOnLink(
  accounts: AccountManager,
  begun: BegunRun,
  options: RotationOptions,
): Promise<AccountAttempt> {
  const { limits, notify, shortPauseMs, system } = options;
  const { account, key } = begun;
  const isOver = (
    verdict: Verdict,
    triedMs: number,
  ): boolean => {
    const { limit } = policyOf(verdict);
    if (limit !== "short") return limit === "long";
    const { retryAt = Infinity } = verdict;
    const isLong = retryAt - system.now() > shortPauseMs;
    return isLong && begun.alternatives > 0 || triedMs >= LONGEST_TRY_MS;
  };
  options.onAccount?.(account);
  let attempt: Attempt | undefined;
  let ended: EndedRun | undefined;
  try {
    attempt = await runAttempt({
      ...options,
      dir: accounts.dir,
      runId: begun.id,
      access: await accessOnLink(accounts, begun),
      ...await addressOf(accounts, begun),
      isOver,
    });
  } finally {
    const { verdict = { kind: KIND.failed } } = attempt ?? {};
    const end = () => accounts.endRun(begun, { ...verdict, limits });
    ended = await endOrNotify(accounts, begun, end, notify);
  }
  const kind = key ? "api-key" : "oauth";
  const tried = [{ account, verdict: attempt.verdict }];
  const { isDisturbed = false } = ended ?? {};
  return { ...attempt, account, kind, tried, isOnLink: true, isDisturbed };
}

/** Returns how a run in link mode reaches the account of `run`. */
export async function accessOnLink(
  { dir }: Pick<AccountManager, "dir">,
  { key }: Pick<BegunRun, "key">,
): Promise<Access> {
  return key ? { key } : { nodeOption: await lineageOption(layoutAt(dir)) };
}

/**
 * Returns the service and the host of an account; empty if its slot cannot be
 * read.
 */
async function addressOf(
  accounts: AccountManager,
  { account, key }: BegunRun,
): Promise<{ service?: Service | undefined; host?: string | undefined }> {
  if (key) {
    return { service: serviceAt(key.baseUrl), host: hostOf(key.baseUrl) };
  }
  try {
    const { baseUrl } = await accounts.readLogin(account);
    return { service: serviceOfLogin(baseUrl), host: hostOf(baseUrl) };
  } catch {
    return {}; // the run itself reports what is wrong with the slot
  }
}

function hostOf(baseUrl: string): string | undefined {
  return URL.parse(baseUrl)?.hostname || undefined;
}

/**
 * Runs the agent with a key that does not belong to an account. There is no
 * other account to use, and nothing is recorded; only short throttles are
 * waited for.
 *
 * @throws {ProgramNotFoundError} If there is no such program.
 */
export async function runWithKey(
  key: KeyOfRun,
  options: RotationOptions & { dir: string },
): Promise<RotatedRun> {
  const { notify, system } = options;
  const tried: Tried[] = [];
  let tokens: Tokens | undefined;
  while (true) {
    const attempt = await runAttempt({
      ...options,
      access: { key },
      service: serviceAt(key.baseUrl),
      runId: randomHex(8),
      isOver: (verdict, triedMs) => {
        const { limit } = policyOf(verdict);
        return limit === "long" ||
          limit === "short" && triedMs >= LONGEST_TRY_MS;
      },
    });
    const { run, verdict } = attempt;
    tokens = addTokens(tokens, attempt.tokens);
    tried.push({ account: NO_ACCOUNT, verdict });
    const step = nextStep({ ...attempt, account: NO_ACCOUNT }, tried, options);
    if (step.action !== "again") {
      const runs = tried.length;
      return { run, verdict, tried, runs, tokens, exhausted: false };
    }
    using _run = run;
    notify(`the given key ${step.says}`);
    options.onPause?.({ account: NO_ACCOUNT, ms: step.afterMs });
    await system.sleep(step.afterMs);
  }
}
