import { runInForeground } from "../process/foreground.ts";
import type { KeyOfRun } from "../providers/provider.ts";
import type { AccountKind } from "../rotation/account.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import { nameFrom } from "../rotation/account_name.ts";
import type { BegunRun } from "../rotation/begin_run.ts";
import { randomHex } from "../store/names.ts";
import { type Access, argumentsFor, runEnvironment } from "./attempt.ts";
import { prepareSettings } from "./cli_settings.ts";
import { invocation } from "../program.ts";
import { runtime } from "../runtime/mod.ts";
import { findCliVersion } from "./cli_version.ts";
import { findEndedSession } from "./ended_session.ts";
import { accessOnLink, endInPeace } from "./link_run.ts";
import { findWays, type WayOptions } from "./mode.ts";
import { describeTrouble } from "./next_step.ts";
import { openGateway, type RunGatewayOptions } from "./run_gateway.ts";

/** How to open a session on the terminal. */
export interface OpenSessionOptions
  extends Omit<WayOptions, "dir">, RunGatewayOptions {
  /** The account to begin with. @default the active one */
  account: number | undefined;
  /** The kind that it is to be of. @default any */
  kind: AccountKind | undefined;
  /** A key to use instead of an account. @default an account */
  key: KeyOfRun | undefined;
}

/**
 * Opens a session of the CLI on our terminal and returns its exit code. The
 * screen is the CLI's until it ends: what we have to say is said then.
 *
 * @throws {NoAccountError} If there is no account.
 * @throws {MissingAccountError} If `account` is not there.
 * @throws {ProgramNotFoundError} If there is no such program.
 * @throws {LockTimeoutError} If another process holds the lock for too long.
 */
export async function openSession(
  accounts: AccountManager,
  options: OpenSessionOptions,
): Promise<number> {
  const { provider, bin, account, kind, key, notify, system } = options;
  if (key) return await open(randomHex(8), { key });
  const wayFor = await findWays({ ...options, dir: accounts.dir });
  const isApart = wayFor("oauth").isGateway;
  // In a session one can log in with another account.
  const begin = { account, kind, isApart, mayLogIn: true };
  const run = await accounts.beginRun(begin);
  const { isGateway, notice } = wayFor(run.key ? "api-key" : "oauth");
  if (notice) notify(notice);
  return isGateway ? await openOnGateway(run) : await openOnLink(run);

  async function open(runId: string, access: Access): Promise<number> {
    const { dir } = accounts;
    const settings = await prepareSettings(provider, {
      dir,
      key: access.key,
      notify,
    });
    const given = { dir, runId, access, interactive: true, settings };
    const env = runEnvironment(provider, given);
    const version = await findCliVersion(bin);
    const all = argumentsFor({ ...options, version, access });
    const startedAt = system.now();
    const code = await runInForeground(bin, { args: all, env, system });
    await tellHowToGoOn(startedAt);
    return code;
  }

  /** The agent has just named the session, for the plain agent. */
  async function tellHowToGoOn(startedAt: number): Promise<void> {
    const hasScreen = runtime.host.isTerminal("stdout") &&
      !provider.converses(options.args);
    if (!hasScreen) return;
    const { dir } = accounts;
    const id = await findEndedSession({ provider, dir, startedAt });
    if (id === undefined) return;
    notify(`with your accounts: ${invocation()} exec -- --resume ${id}`);
  }

  async function openOnLink(run: BegunRun): Promise<number> {
    options.onAccount?.(run.account);
    try {
      return await open(run.id, await accessOnLink(accounts, run));
    } finally {
      const end = () => accounts.endRun(run, { kind: "failed" });
      await endInPeace(accounts, run, end, notify);
    }
  }

  async function openOnGateway(run: BegunRun): Promise<number> {
    const said: string[] = [];
    const gateway = await openGateway(accounts, run, {
      ...options,
      notify: (text) => said.push(text),
    });
    try {
      await using _gateway = gateway;
      return await open(run.id, gateway.access);
    } finally {
      for (const text of new Set([...said, ...gateway.failures])) notify(text);
      const { mishaps: { last }, account } = gateway.pool;
      if (last?.account === account && last.verdict.kind !== "client") {
        const name = await nameFrom(accounts, account);
        notify(`${name} ${describeTrouble(last.verdict)}`);
      }
    }
  }
}
