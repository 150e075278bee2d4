import type { Agent } from "../agents/agent.ts";
import { type KeyOfRun, preloadOption } from "../agents/formats.ts";
import { serviceAt, serviceOfLogin } from "../agents/presets.ts";
import type { Verdict } from "../verdict/classify.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import type { BegunRun } from "../accounts/begin_run.ts";
import type { RunTurn } from "../accounts/pool/run_turn.ts";
import { type Layout, withLink } from "../disk/layout.ts";
import type { Access } from "./access.ts";
import { type AttemptOptions, LONGEST_TRY_MS, runAttempt } from "./attempt.ts";
import type { Resume } from "./resume.ts";
import { OwnCount } from "./own_count.ts";
import type { UsageSink } from "../quota/types.ts";
import type { RunPlace } from "./run_place.ts";
import {
  type AccountAttempt,
  nextStep,
  NO_ACCOUNT,
  type Tried,
} from "./next_step.ts";
import type { RotatedRun, RotationOptions } from "./call_options.ts";
import { addTokens, type Tokens } from "../agents/session_format.ts";
import { randomHex } from "../disk/names.ts";
import { RUN_VARIABLE } from "../process/run_variables.ts";
import { isSafe } from "../system/loopback.ts";
import { errorCode } from "../system/mod.ts";
import { readSlot } from "../vault/logins/credential_file.ts";
import { saveModule } from "../vault/agent_settings.ts";
import { TOKEN_DIGITS } from "../vault/logins/lineage.ts";
import { policyOf } from "../verdict/policy.ts";

/**
 * Runs the agent with the account of `turn` only, without the gateway: the agent
 * reads the login through the link, or gets the folder with it, or the key. The
 * caller ends the turn.
 */
export async function runOnLink(
  { accounts, run, account, kind }: RunTurn,
  { place, sink, ...options }: RotationOptions & {
    place: RunPlace;
    sink: UsageSink | undefined;
  },
): Promise<AccountAttempt> {
  const { shortPauseMs, system } = options;
  const isOver = (
    verdict: Verdict,
    triedMs: number,
  ): boolean => {
    if (isHopeless(verdict, triedMs)) return true;
    const { retryAt = Infinity } = verdict;
    const isLong = retryAt - system.now() > shortPauseMs;
    return policyOf(verdict).limit === "short" && isLong &&
      run.alternatives > 0;
  };
  options.onAccount?.(account);
  const address = await addressOf(accounts, run);
  const counted = { ...options, ...address, account, sink };
  const attempt = await runAttempt({
    ...options,
    layout: accounts.layout,
    runId: run.id,
    access: await accessOnLink(accounts, run, options),
    ...address,
    count: sink && new OwnCount({ ...counted, sink }),
    isOver,
    onAnswer() {
      place.answered();
      void accounts.endStart(run);
    },
  });
  const tried = [{ account, verdict: attempt.verdict }];
  return { ...attempt, account, kind, tried, isOnLink: true };
}

/**
 * Whether a run that has tried in vain for `triedMs` gets no answer: the account
 * is out of quota, or a throttle or a broken service has lasted too long.
 */
function isHopeless(verdict: Verdict, triedMs: number): boolean {
  const { blames, limit } = policyOf(verdict);
  const mayPass = limit === "short" || blames === "service";
  return limit === "long" || mayPass && triedMs >= LONGEST_TRY_MS;
}

/** Returns how a run in link mode reaches the account of `run`. */
export async function accessOnLink(
  { layout }: Pick<AccountManager, "layout">,
  { key, store, storeKind }: Pick<BegunRun, "key" | "store" | "storeKind">,
  { agent }: Pick<RotationOptions, "agent">,
): Promise<Access> {
  if (key) return { key };
  if (store !== undefined) return { store, storeKind };
  return { nodeOption: await lineageOption(layout, agent) };
}

/**
 * Returns the Node option that loads the module which records the origin of a
 * run's logins; an empty string if the agent has none, or the module cannot be
 * written, such as in a read-only home.
 *
 * @throws {BusyError} If another process holds the lock for too long.
 */
async function lineageOption(
  layout: Layout,
  { preload }: Pick<Agent, "preload">,
): Promise<string> {
  if (!preload) return "";
  const names = { runVariable: RUN_VARIABLE, tokenDigits: TOKEN_DIGITS };
  try {
    const text = preload.lineageModule(names);
    return preloadOption(await saveModule(layout, text));
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return "";
  }
}

/** Where the requests of a run go, as far as that is known. */
type Address = Pick<AttemptOptions, "host" | "service">;

/**
 * Returns the service and the host of an account; empty if its slot cannot be
 * read.
 */
export async function addressOf(
  accounts: Pick<AccountManager, "layout">,
  { account, key, store }: BegunRun,
): Promise<Address> {
  if (key) return addressOfKey(key);
  if (store !== undefined) return {}; // the agent knows its own service
  try {
    const { layout } = accounts;
    const slot = await readSlot(layout, account);
    const { login } = withLink(layout).agent;
    const url = "bytes" in slot ? login.addressOf(slot.bytes) : null;
    if (!url || !isSafe(url)) return {};
    return { service: serviceOfLogin(url.href), host: hostOf(url.href) };
  } catch {
    return {}; // the run itself reports what is wrong with the slot
  }
}

function addressOfKey({ baseUrl }: KeyOfRun): Address {
  return { service: serviceAt(baseUrl), host: hostOf(baseUrl) };
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
  options: RotationOptions & Pick<AccountManager, "layout">,
): Promise<RotatedRun> {
  const { notify, system } = options;
  const tried: Tried[] = [];
  let tokens: Tokens | undefined;
  let resume: Resume | undefined;
  while (true) {
    const attempt = await runAttempt({
      ...options,
      resume,
      access: { key },
      ...addressOfKey(key),
      runId: randomHex(8),
      isOver: isHopeless,
    });
    const { run, verdict } = attempt;
    tokens = addTokens(tokens, attempt.tokens);
    tried.push({ account: NO_ACCOUNT, verdict });
    const step = nextStep({ ...attempt, account: NO_ACCOUNT }, tried, options);
    const { endSignal } = options;
    if (step.action !== "again" || endSignal?.aborted) {
      const runs = tried.length;
      return { run, verdict, tried, runs, tokens, exhausted: false };
    }
    using _run = run;
    resume = step.resumes ? attempt.resume : undefined;
    notify(`the given key ${step.says}`);
    options.onPause?.({ account: NO_ACCOUNT, ms: step.afterMs });
    await system.sleep(step.afterMs, endSignal);
  }
}
