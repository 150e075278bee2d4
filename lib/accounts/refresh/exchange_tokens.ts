import { type Asked, OAuthError } from "../../oauth/errors.ts";
import { type CredentialContent, resolveEndpoints } from "../../oauth/token.ts";
import { REQUEST_LIMIT_MS } from "../../oauth/wire.ts";
import type { Found } from "../../vault/logins/credential_file.ts";
import { type Layout, withLink } from "../../disk/layout.ts";
import type { Failed, Lease } from "../../vault/settle/lease.ts";
import type { Notify, System } from "../../system/system.ts";
import { takeAgentLock } from "../../vault/settle/agent_locks.ts";
import { holdInterrupts, putTokens, saveOrRescue } from "./save_tokens.ts";
import {
  failureOf,
  loginEnded,
  noteEnd,
  otherLogin,
} from "./refresh_failure.ts";
import { update } from "../update.ts";
import { returnLease } from "./leases.ts";

/** How long the service may take to answer, seconds. */
const ANSWER_S = REQUEST_LIMIT_MS / 1_000;

/** Whether an account was refreshed. */
export interface RefreshResult {
  /** The account. */
  index: number;
  /** Whether this call got new tokens; if not, the present ones are good. */
  refreshed: boolean;
  /** When the present access token expires, epoch milliseconds. */
  expiresAt: number;
}

/** How to exchange tokens. */
export interface ExchangeOptions {
  /** Called with repairs and long waits. */
  notify: Notify;
  /** How long to wait for the lock, milliseconds. @default 30_000 */
  lockTimeoutMs?: number | undefined;
  /** The clock, the environment and the network. */
  system: Pick<System, "env" | "fetch" | "now" | "elapsed" | "sleep">;
}

/** The right to ask for new tokens in exchange for `old`. */
export interface Begun {
  /** The lease, which keeps other processes from doing the same. */
  lease: Lease;
  /** The name of the account. */
  name: string;
  /** The content of the slot. */
  old: Found;
  /** Whether a process of the agent may use the same refresh token. */
  isShared: boolean;
}

/**
 * Exchanges the tokens of account `index` for new ones, saves those in the
 * slot, and returns the lease; waiting processes learn from it what went wrong,
 * if anything. No interrupt ends our process meanwhile.
 *
 * @throws {LoginNeededError} If it needs a new login; then rotation skips it.
 * @throws {OAuthError} If the service grants nothing now.
 * @throws {AccountError} If the account was removed in the meantime.
 * @throws {FileError} If the new tokens cannot be saved in the slot.
 */
export async function exchangeTokens(
  layout: Layout,
  index: number,
  begun: Begun,
  given: ExchangeOptions,
): Promise<RefreshResult> {
  const { notify, system } = given;
  const { lease, name, old } = begun;
  await using _interrupts = holdInterrupts(() =>
    notify(
      `${name}: stopping when the service has answered (at most ${ANSWER_S} s)`,
    )
  );
  let failure: Failed | undefined;
  try {
    await using agentLock = begun.isShared
      ? await takeAgentLock(withLink(layout), { notify, system })
      : undefined;
    const since = agentLock && await update(layout, {
      change: (locked) => otherLogin(locked, index, old),
    }, given);
    return since
      ? { index, refreshed: false, expiresAt: since.credential.expiresAt }
      : await exchange(layout, index, begun, given);
  } catch (error) {
    const { expiresAt } = old.credential;
    failure = failureOf(error, { failedAt: system.now(), expiresAt });
    throw error;
  } finally {
    await returnLease(layout, index, { ...given, lease, failure });
  }
}

/** Tries the logins of the account until one is accepted, or none is left. */
async function exchange(
  layout: Layout,
  index: number,
  begun: Begun,
  given: ExchangeOptions,
): Promise<RefreshResult> {
  // Loaded on demand, but first: nothing may fail once the tokens have arrived.
  const { formatContent } = await import("../../oauth/token.ts");
  const { name } = begun;
  let { old } = begun;
  while (true) {
    const answer = await ask(layout, { index, name }, old, given);
    if ("access_token" in answer) {
      const bytes = formatContent(answer);
      const expiresAt = answer.expiry_date;
      const tokens = { ...begun, old, bytes, expiresAt };
      return await saveOrRescue(bytes, async () => {
        const put = await update(layout, {
          change: (locked) => putTokens(locked, index, tokens),
        }, given);
        return { index, ...put };
      }, { ...given, layout, index, name });
    }
    const { expiresAt } = answer.credential;
    if (expiresAt > given.system.now()) {
      return { index, refreshed: false, expiresAt };
    }
    old = answer;
  }
}

/** Returns the new tokens, or another login that the account has by now. */
async function ask(
  layout: Layout,
  asked: Asked,
  old: Found,
  given: ExchangeOptions,
): Promise<CredentialContent | Found> {
  const { system } = given;
  const { refreshTokens } = await import("../../oauth/token.ts");
  const endpoints = resolveEndpoints(withLink(layout).agent.login.service, {
    system,
  });
  const text = new TextDecoder().decode(old.bytes);
  const sent: CredentialContent = JSON.parse(text); // checked when it was read
  try {
    return await refreshTokens(endpoints, sent, { system });
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const { cause, code, problem } = error;
    if (code !== "invalid_grant") {
      const more = { asked, cause };
      throw new OAuthError("refresh the login", code, problem, more);
    }
    const since = await noteEnd(layout, asked, old, given);
    if (since) return since; // the agent has used it before us
    throw loginEnded(asked, error);
  }
}
