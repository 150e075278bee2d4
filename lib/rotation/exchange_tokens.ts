import {
  DoubtfulAccountError,
  InvalidCredentialError,
  LoginEndedError,
  MissingAccountError,
} from "../errors.ts";
import { type Asked, OAuthError } from "../oauth/errors.ts";
import { resolveEndpoints } from "../oauth/endpoints.ts";
import type { CredentialContent } from "../oauth/token.ts";
import { REQUEST_LIMIT_MS } from "../oauth/request_limit.ts";
import { qwen } from "../providers/qwen.ts";
import { messageOf } from "../runtime/message_of.ts";
import { sameBytes } from "../store/bytes.ts";
import type { Found } from "../store/credential_file.ts";
import type { Layout } from "../store/layout.ts";
import { dropLease, type Failed, type Lease } from "../store/lease.ts";
import { slotPath } from "../store/slot_names.ts";
import { readSlot } from "../store/slots.ts";
import { type Locked, update } from "../store/update.ts";
import type { Notify, System } from "../system.ts";
import { blockAccount, LOGIN_NEEDED } from "./block.ts";
import { takeCliLock } from "./cli_lock.ts";
import { holdInterrupts } from "./hold_interrupts.ts";
import { failureOf } from "./refresh_failure.ts";
import { putTokens, saveOrRescue } from "./save_tokens.ts";
import { settle } from "./settle.ts";

/** How long an answer may take, seconds. */
const ANSWER_S = REQUEST_LIMIT_MS / 1_000;

/** What came of asking for a refresh. */
export interface RefreshResult {
  /** The account. */
  index: number;
  /** Whether this call got new tokens; else the ones that are there will do. */
  refreshed: boolean;
  /** When the access token ends now, epoch milliseconds. */
  expiresAt: number;
}

/** What an exchange works with. */
export interface ExchangeOptions {
  /** Hears of repairs and of what takes long. */
  notify: Notify;
  /** How long to wait for the lock, milliseconds. @default 30_000 */
  lockTimeoutMs?: number | undefined;
  /** The clock, the environment and the network. */
  system: Pick<System, "env" | "fetch" | "now" | "sleep">;
}

/** The right to ask for new tokens in exchange for `old`. */
export interface Begun {
  /** Keeps others from doing so. */
  lease: Lease;
  /** What the account is called. */
  name: string;
  /** What the slot holds. */
  old: Found;
  /** Whether a process of the CLI may use the same refresh token. */
  isShared: boolean;
}

/**
 * Exchanges the tokens of account `index` for new ones, puts those into the
 * slot, and gives the lease back, with what went wrong for those that wait. No
 * interrupt ends us in between.
 *
 * @throws {LoginEndedError} If it needs a new login; rotation passes it by then.
 * @throws {OAuthError} If the provider grants nothing now.
 * @throws {MissingAccountError} If the account was removed in the meantime.
 * @throws {UnsavedLoginError} If the new tokens cannot be put into the slot.
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
      `${name}: ends when the provider has answered, in ${ANSWER_S} s at most`,
    )
  );
  let failure: Failed | undefined;
  try {
    await using cliLock = begun.isShared
      ? await takeCliLock(layout, { notify, system })
      : undefined;
    const since = cliLock && await lookAgain(layout, index, begun, given);
    return since ?? await exchange(layout, index, begun, given);
  } catch (error) {
    const { expiresAt } = old.credential;
    failure = failureOf(error, { failedAt: system.now(), expiresAt });
    throw error;
  } finally {
    await dropLease(layout, index, lease, failure);
  }
}

/** The login of account `index`, if it is another one by now. */
async function lookAgain(
  layout: Layout,
  index: number,
  { old }: Begun,
  given: ExchangeOptions,
): Promise<RefreshResult | undefined> {
  return await update(layout, (it) => otherLogin(it, index, old), given);
}

async function otherLogin(
  locked: Locked,
  index: number,
  old: Found,
): Promise<RefreshResult | undefined> {
  await settle(locked);
  const { bytes, credential } = await loginOf(locked, index);
  if (sameBytes(bytes, old.bytes)) return undefined;
  return { index, refreshed: false, expiresAt: credential.expiresAt };
}

async function exchange(
  layout: Layout,
  index: number,
  begun: Begun,
  given: ExchangeOptions,
): Promise<RefreshResult> {
  // Only this needs it; and nothing may fail once the tokens have come.
  const { formatContent } = await import("../oauth/token.ts");
  const content = await ask(layout, index, begun, given);
  if (!("access_token" in content)) return content;
  const bytes = formatContent(content);
  const expiresAt = content.expiry_date;
  await saveOrRescue(bytes, async () => {
    const tokens = { ...begun, bytes, expiresAt };
    await update(layout, (it) => putTokens(it, index, tokens), given);
  }, { ...given, layout, index, name: begun.name });
  return { index, refreshed: true, expiresAt };
}

/** The new tokens, or the login that has come in the meantime. */
async function ask(
  layout: Layout,
  index: number,
  begun: Begun,
  given: ExchangeOptions,
): Promise<CredentialContent | RefreshResult> {
  const { system } = given;
  const { refreshTokens } = await import("../oauth/token.ts");
  const asked = { index, name: begun.name };
  const endpoints = resolveEndpoints(qwen.oauth, { system });
  const text = new TextDecoder().decode(begun.old.bytes);
  const old: CredentialContent = JSON.parse(text); // checked when it was read
  try {
    return await refreshTokens(endpoints, old, { system });
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    if (error.code !== "invalid_grant") throw named(error, asked);
    const since = await noteEnd(layout, asked, begun.old, given);
    if (since) return since; // the CLI has used it before us
    throw new LoginEndedError(index, { cause: error, name: begun.name });
  }
}

function named({ code, problem, cause }: OAuthError, asked: Asked): OAuthError {
  return new OAuthError("refresh the login", code, problem, { asked, cause });
}

/**
 * Has rotation pass the account by, unless it has another login by now, which
 * is returned. Where that cannot be written, the end of the login is still the
 * news.
 */
async function noteEnd(
  layout: Layout,
  { index, name }: Asked,
  old: Found,
  given: ExchangeOptions,
): Promise<RefreshResult | undefined> {
  try {
    return await update(layout, async (locked) => {
      const since = await otherLogin(locked, index, old);
      if (!since) blockAccount(locked, index, LOGIN_NEEDED);
      return since;
    }, given);
  } catch (error) {
    const reason = messageOf(error);
    given.notify(`cannot note that ${name} needs a new login: ${reason}`);
    return undefined;
  }
}

/**
 * The login of account `index`.
 *
 * @throws {MissingAccountError} If there is no such OAuth account.
 * @throws {DoubtfulAccountError} If the stash may have a newer login of it.
 * @throws {InvalidCredentialError} If there is no login in its slot.
 */
export async function loginOf(locked: Locked, index: number): Promise<Found> {
  const { layout, slots, doubtful } = locked;
  if (!slots.includes(index)) throw new MissingAccountError(index, slots);
  if (doubtful.has(index)) throw new DoubtfulAccountError(index);
  const slot = await readSlot(layout, index);
  if ("bytes" in slot) return slot;
  const problem = `it ${slot.problem}`;
  throw new InvalidCredentialError(slotPath(layout, index), problem);
}
