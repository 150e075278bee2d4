import { nameOf } from "../account_name.ts";
import type { Readiness } from "../readiness.ts";
import { runInForeground } from "../process/start.ts";
import type { CallOptions } from "./call_options.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import { type AccountKind, nameFrom } from "../vault/account_name.ts";
import { recordUsage } from "../accounts/record_usage.ts";
import { NOT_CHOSEN } from "../accounts/candidates.ts";
import { OwnCount } from "./own_count.ts";
import { RunTurn } from "../accounts/pool/run_turn.ts";
import { randomHex } from "../disk/names.ts";
import { type Access, prepareStart } from "./access.ts";
import { invocation } from "../program.ts";
import { runtime } from "../system/mod.ts";
import type { Verdict } from "../verdict/classify.ts";
import { accessOnLink, addressOf } from "./by_link.ts";
import {
  countSession,
  type EndedSession,
  findEndedSession,
  limitIn,
  resumeWords,
} from "./ended_session.ts";
import { findWay } from "./mode.ts";
import { describeTrouble } from "./next_step.ts";
import { openGateway, type RunGatewayOptions } from "./open_gateway.ts";
import { policyOf } from "../verdict/policy.ts";

/** How to open a session on the terminal. */
interface OpenSessionOptions
  extends RunGatewayOptions, Pick<CallOptions, "force" | "key"> {
  /** The program to start. */
  bin: string;
  /** The kind of account to use. @default any */
  kind: AccountKind | undefined;
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
  if (key) return await openWithKey({ key });
  const ofWay = { ...options, dir: accounts.layout.home };
  const { isGateway: isApart } = await findWay("oauth", ofWay);
  // The user can log in to another account in a session.
  const { limits } = options;
  const folder = runtime.host.cwd();
  const take = { account, kind, limits, isApart, folder, mayLogIn: true };
  const turn = await RunTurn.take(accounts, take);
  const { isGateway, notice } = await findWay(turn.kind, ofWay);
  if (notice) notify(notice);
  return isGateway ? await openOnGateway(turn) : await openOnLink(turn);

  async function open(
    runId: string,
    access: Access,
  ): Promise<{ code: number; session: EndedSession | undefined }> {
    const { layout } = accounts;
    await using start = await prepareStart({
      ...options,
      access,
      layout,
      runId,
      version: await options.version(),
      interactive: true,
    });
    const { args, env } = start;
    const startedAt = system.now();
    const code = await runInForeground(bin, { args, env, system });
    const ended = { ...options, dir: layout.home, startedAt };
    return { code, session: await findEndedSession(ended) };
  }

  /**
   * Shows how to resume a session, with account `next` if it is given; the agent
   * has only named the plain command.
   */
  function showResumeCommand(
    session: EndedSession | undefined,
    next?: Pick<Readiness, "index" | "label">,
  ): void {
    const hasScreen = runtime.host.isTerminal("stdout") &&
      !agent.read(options.args).converses;
    const words = session && resumeWords(agent, session, options.args);
    if (!hasScreen || !words) return;
    const name = next && nameOf(next.index, next.label);
    const flags = next ? ` --account ${next.index}` : "";
    const why = name ? `to continue with ${name}` : "with your accounts";
    notify(`${why}: ${invocation()} exec${flags} -- ${words}`);
  }

  async function openWithKey(access: Access): Promise<number> {
    const { code, session } = await open(randomHex(8), access);
    showResumeCommand(session);
    return code;
  }

  /** The agent itself waits for the reset of a limit, or the user ends it. */
  async function openOnLink(turn: RunTurn): Promise<number> {
    const { run, account } = turn;
    options.onAccount?.(account);
    let limit: Verdict | undefined;
    try {
      await turn.renew(0, options);
      const access = await accessOnLink(accounts, run, options);
      const given = { ...options, ...await addressOf(accounts, run) };
      await using sink = recordUsage(accounts, options);
      const count = sink && new OwnCount({ ...given, account, sink });
      const { code, session } = await open(run.id, access);
      if (session && count) {
        await countSession(session, { agent, count });
      }
      limit = session && await limitIn(session, given);
      if (limit) count?.ended(limit);
      if (!limit) showResumeCommand(session);
      else await leave(turn, { session, limit });
      return code;
    } finally {
      await turn.endOrNotify(notify, limit);
    }
  }

  /** Ends a turn at a limit, and shows how to continue with another account. */
  async function leave(
    turn: RunTurn,
    { session, limit }: { session: EndedSession | undefined; limit: Verdict },
  ): Promise<void> {
    const { account } = turn;
    await turn.endOrNotify(notify, limit);
    const name = await nameFrom(accounts, account);
    notify(`${name} ${describeTrouble(limit)}`);
    const others = await accounts.readiness({ kind, from: account });
    // The user runs the command, and may choose every account.
    const ready = ({ obstacle }: Readiness) =>
      obstacle === undefined || obstacle === NOT_CHOSEN;
    const next = others.find((it) => it.index !== account && ready(it));
    showResumeCommand(session, next);
  }

  async function openOnGateway(turn: RunTurn): Promise<number> {
    const said: string[] = [];
    const gateway = await openGateway(turn, {
      ...options,
      notify: (text) => said.push(text),
    });
    try {
      await using _gateway = gateway;
      const { code, session } = await open(turn.run.id, gateway.access);
      showResumeCommand(session);
      return code;
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
