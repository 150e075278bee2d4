import { type Asked, OAuthError } from "../../oauth/errors.ts";
import { resolveEndpoints } from "../../oauth/endpoints.ts";
import type { CredentialContent } from "../../oauth/token.ts";
import { REQUEST_LIMIT_MS } from "../../oauth/wire.ts";
import type { Found } from "../../vault/logins/credential_file.ts";
import type { Layout } from "../../disk/layout.ts";
import {
  dropLease,
  type Failed,
  type Lease,
} from "../../vault/settle/lease.ts";
import type { Notify, System } from "../../system/system.ts";
import { takeAgentLock } from "../../vault/settle/agent_lock.ts";
import { holdInterrupts } from "./hold_interrupts.ts";
import { noteEnd, otherLogin } from "./note_end.ts";
import { failureOf, loginEnded } from "./refresh_failure.ts";
import { putTokens, saveOrRescue } from "./save_tokens.ts";
import { update } from "../update.ts";

/** How long an answer may take, seconds. */
const ANSWER_S = REQUEST_LIMIT_MS / 1_000;

/** Whether an account was refreshed. */
export interface RefreshResult {
  /** The account. */
  index: number;
  /** Whether this call got new tokens; else the ones that are there will do. */
  refreshed: boolean;
  /** When the access token expires now, epoch milliseconds. */
  expiresAt: number;
}

/** What an exchange works with. */
export interface ExchangeOptions {
  /** Hears of repairs and of long waits. */
  notify: Notify;
  /** How long to wait for the lock, milliseconds. @default 30_000 */
  lockTimeoutMs?: number | undefined;
  /** The clock, the environment and the network. */
  system: Pick<System, "env" | "fetch" | "now" | "elapsed" | "sleep">;
}

/** The right to ask for new tokens in exchange for `old`. */
export interface Begun {
  /** Keeps others from doing so. */
  lease: Lease;
  /** What the account is called. */
  name: string;
  /** What the slot holds. */
  old: Found;
  /** Whether a process of the agent may use the same refresh token. */
  isShared: boolean;
}

/**
 * Exchanges the tokens of account `index` for new ones, puts those into the
 * slot, and gives the lease back, with what went wrong for those that wait. No
 * interrupt ends us in between.
 *
 * @throws {LoginNeededError} If it needs a new login; rotation skips it then.
 * @throws {OAuthError} If the service grants nothing now.
 * @throws {AccountError} If the account was removed in the meantime.
 * @throws {FileError} If the new tokens cannot be put into the slot.
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
      ? await takeAgentLock(layout, { notify, system })
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
    await dropLease(layout, index, lease, failure);
  }
}

/** Until one login of the account is accepted, or none is left. */
async function exchange(
  layout: Layout,
  index: number,
  begun: Begun,
  given: ExchangeOptions,
): Promise<RefreshResult> {
  // Only this needs it; and nothing may fail once the tokens have come.
  const { formatContent } = await import("../../oauth/token.ts");
  const { name } = begun;
  let { old } = begun;
  while (true) {
    const answer = await ask(layout, { index, name }, old, given);
    if ("access_token" in answer) {
      const bytes = formatContent(answer);
      const expiresAt = answer.expiry_date;
      return await save(
        layout,
        index,
        { ...begun, old, bytes, expiresAt },
        given,
      );
    }
    const { expiresAt } = answer.credential;
    if (expiresAt > given.system.now()) {
      return { index, refreshed: false, expiresAt };
    }
    old = answer;
  }
}

async function save(
  layout: Layout,
  index: number,
  tokens: Begun & { bytes: Uint8Array; expiresAt: number },
  given: ExchangeOptions,
): Promise<RefreshResult> {
  return await saveOrRescue(tokens.bytes, async () => {
    const put = await update(layout, {
      change: (locked) => putTokens(locked, index, tokens),
    }, given);
    return { index, ...put };
  }, { ...given, layout, index, name: tokens.name });
}

/** The new tokens, or another login that the account has by now. */
async function ask(
  layout: Layout,
  asked: Asked,
  old: Found,
  given: ExchangeOptions,
): Promise<CredentialContent | Found> {
  const { system } = given;
  const { refreshTokens } = await import("../../oauth/token.ts");
  const endpoints = resolveEndpoints(layout.agent.login.service, { system });
  const text = new TextDecoder().decode(old.bytes);
  const sent: CredentialContent = JSON.parse(text); // checked when it was read
  try {
    return await refreshTokens(endpoints, sent, { system });
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    if (error.code !== "invalid_grant") throw named(error, asked);
    const since = await noteEnd(layout, asked, old, given);
    if (since) return since; // the agent has used it before us
    throw loginEnded(asked, error);
  }
}

function named({ code, problem, cause }: OAuthError, asked: Asked): OAuthError {
  return new OAuthError("refresh the login", code, problem, { asked, cause });
}
