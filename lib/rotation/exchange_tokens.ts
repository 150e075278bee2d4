import {
  DoubtfulAccountError,
  InvalidCredentialError,
  LoginEndedError,
  MissingAccountError,
} from "../errors.ts";
import { OAuthError } from "../oauth/errors.ts";
import { resolveEndpoints } from "../oauth/endpoints.ts";
import type { CredentialContent } from "../oauth/token.ts";
import { qwen } from "../providers/qwen.ts";
import { sameBytes } from "../store/bytes.ts";
import type { Found } from "../store/credential_file.ts";
import type { Layout } from "../store/layout.ts";
import { dropLease, type Lease } from "../store/lease.ts";
import { slotPath } from "../store/slot_names.ts";
import { readSlot } from "../store/slots.ts";
import { type Locked, update } from "../store/update.ts";
import type { Notify, System } from "../system.ts";
import { blockAccount, LOGIN_NEEDED } from "./block.ts";
import { takeCliLock } from "./cli_lock.ts";
import { holdInterrupts } from "./hold_interrupts.ts";
import { putTokens, saveOrRescue } from "./save_tokens.ts";
import { settle } from "./settle.ts";

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
  /** What the slot holds. */
  old: Found;
  /** Whether a process of the CLI may use the same refresh token. */
  isShared: boolean;
}

/**
 * Exchanges the tokens of account `index` for new ones, puts those into the
 * slot, and gives the lease back. No interrupt ends us in between.
 *
 * @throws {LoginEndedError} If it needs a new login; rotation passes it by then.
 * @throws {OAuthError} If the provider grants nothing now.
 * @throws {UnsavedLoginError} If the new tokens cannot be put into the slot.
 */
export async function exchangeTokens(
  layout: Layout,
  index: number,
  begun: Begun,
  given: ExchangeOptions,
): Promise<RefreshResult> {
  const { notify, system } = given;
  using _interrupts = holdInterrupts();
  try {
    await using cliLock = begun.isShared
      ? await takeCliLock(layout, { notify, system })
      : undefined;
    const since = cliLock && await lookAgain(layout, index, begun, given);
    return since ?? await exchange(layout, index, begun, given);
  } finally {
    await dropLease(layout, index, begun.lease);
  }
}

/** The login of account `index`, if it is another one by now. */
async function lookAgain(
  layout: Layout,
  index: number,
  { old }: Begun,
  given: ExchangeOptions,
): Promise<RefreshResult | undefined> {
  return await update(layout, async (locked) => {
    await settle(locked);
    const { bytes, credential } = await loginOf(locked, index);
    if (sameBytes(bytes, old.bytes)) return undefined;
    return { index, refreshed: false, expiresAt: credential.expiresAt };
  }, given);
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
  }, { ...given, index });
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
  const endpoints = resolveEndpoints(qwen.oauth, { system });
  const text = new TextDecoder().decode(begun.old.bytes);
  const old: CredentialContent = JSON.parse(text); // checked when it was read
  try {
    return await refreshTokens(endpoints, old, { system });
  } catch (error) {
    const isEnd = error instanceof OAuthError && error.code === "invalid_grant";
    if (!isEnd) throw error;
    const since = await lookAgain(layout, index, begun, given);
    if (since) return since; // the CLI has used it before us
    await update(layout, async (locked) => {
      await settle(locked);
      blockAccount(locked, index, LOGIN_NEEDED);
    }, given);
    throw new LoginEndedError(index, { cause: error });
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
