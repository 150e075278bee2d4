import { AccountPool } from "../gateway/account_pool.ts";
import { type RunningGateway, startGateway } from "../gateway/gateway.ts";
import type { Wait } from "../gateway/forward.ts";
import { keyUpstream } from "../gateway/key_upstream.ts";
import { loginUpstream } from "../gateway/login_upstream.ts";
import type { Upstream } from "../gateway/pool.ts";
import type { KeyOfRun, Provider } from "../providers/provider.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import { nameFrom } from "../rotation/account_name.ts";
import type { BegunRun } from "../rotation/begin_run.ts";
import { LOGIN_NEEDED } from "../rotation/block.ts";
import type { CooldownLimits } from "../store/cooldown.ts";
import type { StrategyName } from "../rotation/select.ts";
import { messageOf } from "../runtime/message_of.ts";
import { runtime } from "../runtime/mod.ts";
import type { Notify, System } from "../system.ts";
import type { Access } from "./attempt.ts";
import { findCliProxy } from "./cli_proxy.ts";
import { findCliVersion } from "./cli_version.ts";
import { endInPeace } from "./link_run.ts";
import { describeTrouble } from "./next_step.ts";
import { makePrivateHome } from "./private_home.ts";
import { waitTeller } from "./wait_teller.ts";
import { invocation } from "../program.ts";

/** How a gateway goes from account to account. */
export interface RunGatewayOptions {
  /** The CLI. */
  provider: Provider;
  /** The program to start. */
  bin: string;
  /** The CLI's arguments. */
  args: readonly string[];
  /** The account that was asked for. @default none */
  account?: number | undefined;
  /** Accounts that are of no use to the caller. @default none */
  except?: ReadonlySet<number> | undefined;
  /** How to choose the next account. */
  strategy: StrategyName;
  /** How long an account is left alone at most. */
  limits: CooldownLimits;
  /** How many other accounts one request may go to. */
  maxRetries: number;
  /** A throttle that ends within this is waited for, milliseconds. */
  shortPauseMs: number;
  /** How long an answer may take to begin, milliseconds. */
  firstByteTimeoutMs: number;
  /** What says "out of quota" in an error. */
  quotaPatterns: readonly string[] | undefined;
  /** Hears of each account that is left. */
  notify: Notify;
  /** Hears which account requests go to. @default nobody does */
  onAccount?: ((account: number) => void) | undefined;
  /** Hears of each throttle that is waited for. @default nobody does */
  onPause?: ((pause: Wait) => void) | undefined;
  /** The clock and the network. */
  system: System;
}

/** The gateway of one run; disposing of it ends the run with its account. */
export interface RunGateway extends AsyncDisposable {
  /** By what the CLI reaches it. Secret, but of no use after the run. */
  access: Access;
  /** The accounts that requests went to. */
  pool: AccountPool;
  /** What went wrong on this machine, each once. */
  failures: ReadonlySet<string>;
  /** Aborts, with the error, when the CLI cannot reach it any more. */
  stopped: AbortSignal;
}

/**
 * Starts a gateway for a run of the CLI, and takes that run over: it is ended
 * with the gateway, or where that cannot be started. Where the account has a
 * key, the CLI gets another one; else a home of its own, with a login.
 */
export async function openGateway(
  accounts: AccountManager,
  run: BegunRun,
  options: RunGatewayOptions,
): Promise<RunGateway> {
  const { provider, notify, account, ...others } = options;
  const failures = new Set<string>();
  const tellOfWait = waitTeller({
    ...options,
    nameOf: (it) => nameFrom(accounts, it),
  });
  const stop = new AbortController();
  const describe = (it: BegunRun) => describeAccount(accounts, it, run);
  const pool = await AccountPool.of(accounts, run, {
    ...others,
    toUpstream: describe,
    // As other calls do then, but not where this one is to be somewhere.
    follows: account === undefined && options.strategy === "round-robin",
    onSwitch: async ({ account, verdict, to }) => {
      const needsLogin = !run.key && await hasNoLogin(accounts, account);
      const remedy = needsLogin
        ? `; to log in again: ${invocation()} login ${account}`
        : "";
      notify(
        `${await nameFrom(accounts, account)} ${describeTrouble(verdict)}: ` +
          `continuing with ${await nameFrom(accounts, to)}${remedy}`,
      );
    },
  });
  await using owned = new AsyncDisposableStack();
  owned.defer(() =>
    endInPeace(
      accounts,
      { ...run, account: pool.account },
      () => pool.end(),
      notify,
    )
  );
  const { baseUrl } = await describe(run);
  const proxy = await findCliProxy({
    provider,
    version: await findCliVersion(options.bin),
    args: options.args,
    dir: accounts.dir,
  });
  const gateway = owned.use(
    await startGateway({
      ...others,
      pool,
      proxy,
      basePath: basePathFor(baseUrl),
      dayBeginsMs: provider.dayBeginsMs,
      onWait(wait) {
        options.onPause?.(wait);
        void tellOfWait(wait);
      },
      onError(error) {
        failures.add(messageOf(error));
        pool.mishaps.noteFailure(error);
      },
      onStop(error) {
        failures.add(messageOf(error));
        stop.abort(error);
      },
    }),
  );
  const access = run.key
    ? { key: keyFor(gateway, run.key) }
    : { homeEnv: await makeHome(gateway) };
  const all = owned.move();
  return {
    access: { ...access, isLoopback: true, noProxy: proxy?.noProxy },
    pool,
    failures,
    stopped: stop.signal,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };

  async function makeHome({ url, token }: RunningGateway) {
    const { HOME = "" } = runtime.host.environment();
    const home = await makePrivateHome({
      id: run.id,
      version: await findCliVersion(options.bin),
      realHome: HOME,
      dir: accounts.dir,
      credential: { token, baseUrl: url },
      notify,
      system: options.system,
    });
    return owned.use(home).env;
  }
}

/** The CLI knows some services by words in the address, so these stay in it. */
export function basePathFor(baseUrl: string): string {
  const { hostname, pathname } = new URL(baseUrl);
  return `/${hostname}${pathname.replace(/\/+$/, "")}`;
}

/** The account of `run` as requests go to it, in a run that began as `first`. */
async function describeAccount(
  accounts: AccountManager,
  { account, key }: BegunRun,
  first: BegunRun,
): Promise<Upstream> {
  const names = await accounts.nameAccounts().catch(() => []);
  const { label } = names.find((it) => it.index === account) ?? {};
  const upstream = key && first.key
    ? keyUpstream(account, key, first.key.model)
    : loginUpstream(account, await accounts.readLogin(account));
  return { ...upstream, label };
}

/** Whether only a new login makes the account ready again. */
async function hasNoLogin(
  accounts: AccountManager,
  index: number,
): Promise<boolean> {
  const all = await accounts.listAccounts();
  return all.find((it) => it.index === index)?.blocked === LOGIN_NEEDED;
}

function keyFor({ url, token }: RunningGateway, { model }: KeyOfRun): KeyOfRun {
  return { apiKey: token, baseUrl: url, model };
}
