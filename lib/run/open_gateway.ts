import { AccountPool } from "../accounts/pool/account_pool.ts";
import { type RunningGateway, startGateway } from "../gateway/gateway.ts";
import type { Wait } from "../gateway/forward.ts";
import {
  keyUpstream,
  loginUpstream,
  type Upstream,
} from "../accounts/pool/upstream.ts";
import type { RunTurn } from "../accounts/pool/run_turn.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import { nameFrom } from "../vault/account_name.ts";
import { describeEarly } from "../accounts/leave_early.ts";
import type { BegunRun } from "../accounts/begin_run.ts";
import { LOGIN_NEEDED } from "../vault/block.ts";
import { messageOf } from "../system/message_of.ts";
import { filesFor, MOST_CONNECTIONS } from "../system/client_connections.ts";
import { runtime } from "../system/mod.ts";
import type { Notify, System } from "../system/system.ts";
import type { Access } from "./access.ts";
import type { CallOptions, CallSettings } from "./call_options.ts";
import type { AttemptOptions } from "./attempt.ts";
import { findAgentProxy } from "./mode.ts";
import { describeTrouble, pauseBefore } from "./next_step.ts";
import { makePrivateHome } from "../vault/homes/private_home.ts";
import { invocation } from "../program.ts";

/** How a gateway rotates through accounts. */
export interface RunGatewayOptions extends
  CallSettings,
  Pick<
    AttemptOptions,
    "agent" | "args" | "cwd" | "notify" | "system" | "version"
  >,
  Pick<CallOptions, "account" | "onAccount" | "onPause"> {
  /** Accounts to skip. @default none */
  except?: ReadonlySet<number> | undefined;
}

/** The gateway of one run. Disposing of it ends the run. */
export interface RunGateway extends AsyncDisposable {
  /** How the agent reaches the gateway. Secret, but worthless after the run. */
  access: Access;
  /** The accounts that requests went to. */
  pool: AccountPool;
  /** The failures on this machine, each once. */
  failures: ReadonlySet<string>;
  /** Aborts with the error if the agent can no longer reach the gateway. */
  stopped: AbortSignal;
}

/**
 * Starts a gateway for the run of `turn` and takes over the run: the run ends
 * with the gateway, or if the gateway cannot be started. If the account has a
 * key, the agent gets another key; else a private home with another login.
 */
export async function openGateway(
  turn: RunTurn,
  options: RunGatewayOptions,
): Promise<RunGateway> {
  const { accounts, run } = turn;
  const { agent, notify, account, ...others } = options;
  const failures = new Set<string>();
  const notifyOfWait = waitNotifier({
    ...options,
    nameOf: (it) => nameFrom(accounts, it),
  });
  const stop = new AbortController();
  const describe = (it: BegunRun) => describeAccount(accounts, it, run);
  const pool = await AccountPool.of(turn, {
    ...others,
    toUpstream: describe,
    // Follow other calls, unless this run has an account of its own.
    follows: account === undefined && !run.isPinned &&
      options.strategy === "round-robin",
    spreads: account === undefined && !run.isPinned,
    onEarly: async ({ account, to, reason }) => {
      const from = await nameFrom(accounts, account);
      const name = await nameFrom(accounts, to);
      notify(describeEarly(reason, { from, to: name }));
    },
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
  owned.defer(() => pool.endOrNotify(notify));
  const { baseUrl } = run.key ?? await accounts.readLogin(run.account);
  const proxy = await findAgentProxy({
    agent,
    version: await options.version(),
    args: options.args,
    cwd: options.cwd,
    dir: accounts.layout.home,
  });
  const gateway = owned.use(
    await startGateway({
      ...others,
      pool,
      pauseFor: options.backoff.isForGateway
        ? (failures) =>
          pauseBefore(failures + 1, options.backoff, Math.random())
        : undefined,
      proxy,
      wire: agent.keys.wire,
      basePath: basePathFor(baseUrl),
      onWait(wait) {
        options.onPause?.(wait);
        void notifyOfWait(wait);
      },
      onError(error) {
        failures.add(messageOf(error));
        pool.mishaps.noteFailure(error);
      },
      onWrongKey: () => pool.mishaps.noteWrongKey(),
      onFull: (clients) => notify(describeFull(clients)),
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
      agent,
      id: run.id,
      version: await options.version(),
      realHome: HOME,
      dir: accounts.dir,
      credential: { token, baseUrl: url },
      notify,
      system: options.system,
    });
    return owned.use(home).env;
  }
}

/**
 * Returns the base path of the gateway. It contains the service's address, by
 * which the agent recognizes some services.
 */
export function basePathFor(baseUrl: string): string {
  const { hostname, pathname } = new URL(baseUrl);
  return `/${hostname}${pathname.replace(/\/+$/, "")}`;
}

/**
 * Returns the upstream for the account of `run`; the agent was started with
 * `first`.
 */
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

/**
 * Says that the gateway refuses clients. Both runtimes raise the soft limit of
 * open files to the hard one, which only the administrator can raise.
 */
function describeFull(clients: number): string {
  const full = `the gateway has ${clients} clients and refuses more`;
  if (clients >= MOST_CONNECTIONS || runtime.host.os !== "linux") return full;
  const files = filesFor(MOST_CONNECTIONS);
  return `${full}, because its limit of open files is too low: to raise it in ` +
    `this shell, run "sudo prlimit --pid $$ --nofile=${files}"`;
}

/** Shorter pauses are not worth a message, milliseconds. */
const REPORTED_WAIT_MS = 2_000;

/**
 * Returns a function that tells the user about a wait for a throttle, once even
 * if many requests wait.
 */
export function waitNotifier(
  { notify, nameOf, system }: {
    notify: Notify;
    nameOf: (account: number) => Promise<string>;
    system: Pick<System, "elapsed">;
  },
): (wait: Wait) => Promise<void> {
  let quietUntil = -Infinity;
  return async ({ account, ms }) => {
    if (ms <= REPORTED_WAIT_MS || system.elapsed() < quietUntil) return;
    quietUntil = system.elapsed() + ms;
    const seconds = Math.ceil(ms / 1_000);
    const name = await nameOf(account);
    notify(`${name} is rate-limited: waiting for ${seconds} s`);
  };
}
