import { runInForeground } from "../process/foreground.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import type { AccountKind } from "../accounts/account.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import { nameFrom } from "../vault/account_name.ts";
import type { BegunRun } from "../accounts/begin_run.ts";
import { randomHex } from "../disk/names.ts";
import { type Access, argumentsFor, runEnvironment } from "./attempt.ts";
import { prepareSettings } from "./agent_settings.ts";
import { invocation } from "../program.ts";
import { runtime } from "../system/mod.ts";
import { findAgentVersion } from "./agent_version.ts";
import { findEndedSession } from "./ended_session.ts";
import { accessOnLink } from "./by_link.ts";
import { findWays, type WayOptions } from "./mode.ts";
import { describeTrouble } from "./next_step.ts";
import { openGateway, type RunGatewayOptions } from "./open_gateway.ts";
import { endOrNotify } from "./account_attempt.ts";
import { KIND, policyOf } from "../verdict/policy.ts";

/** How to open a session on the terminal. */
export interface OpenSessionOptions
  extends Omit<WayOptions, "dir">, RunGatewayOptions {
  /** The account to begin with. @default the active one */
  account: number | undefined;
  /** The kind of account to use. @default any */
  kind: AccountKind | undefined;
  /** A key to use in place of an account. @default an account */
  key: KeyOfRun | undefined;
}

/**
 * Opens a session of the agent on our terminal and returns its exit code. The
 * screen belongs to the agent until the session ends; our messages follow then.
 *
 * @throws {LoginNeededError} If there are no accounts.
 * @throws {AccountError} If account `account` does not exist.
 * @throws {AgentError} If the program is not installed.
 * @throws {BusyError} If another process holds the lock for too long.
 */
export async function openSession(
  accounts: AccountManager,
  options: OpenSessionOptions,
): Promise<number> {
  const { agent, bin, account, kind, key, notify, system } = options;
  if (key) return await open(randomHex(8), { key });
  const wayFor = await findWays({ ...options, dir: accounts.dir });
  const isApart = wayFor("oauth").isGateway;
  // The user can log in to another account in a session.
  const begin = { account, kind, isApart, mayLogIn: true };
  const run = await accounts.beginRun(begin);
  const { isGateway, notice } = wayFor(run.key ? "api-key" : "oauth");
  if (notice) notify(notice);
  return isGateway ? await openOnGateway(run) : await openOnLink(run);

  async function open(runId: string, access: Access): Promise<number> {
    const { dir } = accounts;
    const settings = await prepareSettings(agent, {
      dir,
      key: access.key,
      notify,
    });
    const given = { dir, runId, access, interactive: true, settings };
    const env = runEnvironment(agent, given);
    const version = await findAgentVersion(bin);
    const all = argumentsFor({ ...options, version, access });
    const startedAt = system.now();
    const code = await runInForeground(bin, { args: all, env, system });
    await showResumeCommand(startedAt);
    return code;
  }

  /**
   * Shows how to resume the session; the agent has only named the plain
   * command.
   */
  async function showResumeCommand(startedAt: number): Promise<void> {
    const hasScreen = runtime.host.isTerminal("stdout") &&
      !agent.read(options.args).converses;
    if (!hasScreen) return;
    const { dir } = accounts;
    const id = await findEndedSession({ agent, dir, startedAt });
    if (id === undefined) return;
    notify(`with your accounts: ${invocation()} exec -- --resume ${id}`);
  }

  async function openOnLink(run: BegunRun): Promise<number> {
    options.onAccount?.(run.account);
    try {
      return await open(run.id, await accessOnLink(accounts, run, options));
    } finally {
      const end = () => accounts.endRun(run, { kind: KIND.failed });
      await endOrNotify(accounts, run, end, notify);
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
      if (
        last?.account === account && policyOf(last.verdict).blames !== "request"
      ) {
        const name = await nameFrom(accounts, account);
        notify(`${name} ${describeTrouble(last.verdict)}`);
      }
    }
  }
}
