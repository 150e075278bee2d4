import { serviceAt, serviceOfLogin } from "../agents/presets.ts";
import type { Verdict } from "../verdict/classify.ts";
import type { Service } from "../verdict/service.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import type { BegunRun } from "../accounts/begin_run.ts";
import { layoutAt } from "../disk/layout.ts";
import { type Access, runAttempt } from "./attempt.ts";
import { lineageOption } from "./lineage_option.ts";
import { nextStep, NO_ACCOUNT, type Tried } from "./next_step.ts";
import type { RotatedRun, RotationOptions } from "./call_options.ts";
import {
  type AccountAttempt,
  endOrNotify,
  LONGEST_TRY_MS,
} from "./account_attempt.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import { addTokens, type Tokens } from "../agents/session_event.ts";
import { randomHex } from "../disk/names.ts";
import { policyOf } from "../verdict/policy.ts";

/**
 * Runs the agent with the account of `begun` only: it reads the login through
 * the link, or gets the key. The caller ends `begun`; after an error, this does.
 */
export async function runOnLink(
  accounts: AccountManager,
  begun: BegunRun,
  options: RotationOptions,
): Promise<AccountAttempt> {
  const { notify, shortPauseMs, system } = options;
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
  try {
    const attempt = await runAttempt({
      ...options,
      dir: accounts.dir,
      runId: begun.id,
      access: await accessOnLink(accounts, begun, options),
      ...await addressOf(accounts, begun),
      isOver,
    });
    const kind = key ? "api-key" : "oauth";
    const tried = [{ account, verdict: attempt.verdict }];
    return { ...attempt, account, kind, tried, isOnLink: true };
  } catch (error) {
    const end = () => accounts.endRun(begun);
    await endOrNotify(accounts, begun, end, notify);
    throw error;
  }
}

/** Returns how a run in link mode reaches the account of `run`. */
export async function accessOnLink(
  { dir }: Pick<AccountManager, "dir">,
  { key }: Pick<BegunRun, "key">,
  { agent }: Pick<RotationOptions, "agent">,
): Promise<Access> {
  if (key) return { key };
  return { nodeOption: await lineageOption(layoutAt(dir, agent), agent) };
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
 * @throws {AgentError} If the program is not installed.
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
