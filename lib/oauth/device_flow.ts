/**
 * Login for a program without its own browser: the device flow (RFC 8628) with
 * PKCE (RFC 7636).
 *
 * @module
 */

import { OAuthError } from "./errors.ts";
import { type Notify, realSystem, type System } from "../system/system.ts";
import {
  contentOf,
  type CredentialContent,
  millisecondsOf,
  type OAuthEndpoints,
} from "./token.ts";
import { errorOf, grantIn, postForm, type Reply } from "./wire.ts";
import { isSafe } from "../system/loopback.ts";

/** A login that has begun; the user must confirm it in a browser. */
export interface DeviceLogin extends DeviceCode {
  /** Proves that we began the login. Secret. */
  codeVerifier: string;
}

/**
 * Begins a login (RFC 8628, section 3.1), which `signal` cancels.
 *
 * @throws {OAuthError} If the service refuses.
 * @throws The reason of `signal`, if it aborts.
 */
export async function requestDeviceCode(
  endpoints: OAuthEndpoints,
  { signal, system = realSystem }: {
    signal?: AbortSignal | undefined;
    system?: Pick<System, "fetch" | "now" | "randomBytes" | "sleep">;
  } = {},
): Promise<DeviceLogin> {
  const { verifier, challenge } = await createPkce({ system });
  const reply = await postForm(endpoints.deviceUrl, {
    client_id: endpoints.clientId,
    scope: endpoints.scope,
    code_challenge: challenge,
    code_challenge_method: "S256",
  }, {
    action: "log in",
    headers: { "x-request-id": crypto.randomUUID() },
    signal,
    system,
  });
  return { ...parseDeviceReply(reply, system.now()), codeVerifier: verifier };
}

/** How to wait for the tokens. */
interface PollOptions {
  /** Told once if the service becomes unreachable. */
  notify?: Notify;
  /** Cancels the login. */
  signal?: AbortSignal | undefined;
  /** @default realSystem */
  system?: Pick<System, "fetch" | "now" | "elapsed" | "sleep">;
}

const SLOW_DOWN_MS = 5_000; // RFC 8628, section 3.5

/** The longest pause. Limited, so that a restored network is noticed. */
const MAX_PAUSE_MS = 60_000;

/**
 * Waits until the login is confirmed, and returns the new tokens.
 *
 * It polls at the interval of the service. After a failed connection or an
 * answer that says nothing about the login (5xx, 429) it doubles the pause (RFC
 * 8628, section 3.5) and continues until the code expires.
 *
 * @throws {OAuthError} `access_denied`, `expired_token`, or another final
 * error.
 * @throws The reason of `signal`, if it aborts.
 */
export async function pollForToken(
  endpoints: OAuthEndpoints,
  login: DeviceLogin,
  options: PollOptions = {},
): Promise<CredentialContent> {
  const { notify = () => {}, signal, system = realSystem } = options;
  const expiresAt = system.elapsed() + login.expiresAt - system.now();
  /** How long the code remains valid, milliseconds. */
  const timeLeft = () => Math.max(0, expiresAt - system.elapsed());
  let { intervalMs } = login;
  let failures = 0;
  let isNotified = false;
  while (true) {
    const longestMs = Math.max(MAX_PAUSE_MS, intervalMs);
    const pauseMs = Math.min(intervalMs * 2 ** failures, longestMs);
    await system.sleep(Math.min(pauseMs, timeLeft()), signal);
    if (timeLeft() === 0) throw expiry();
    try {
      const reply = await postForm(endpoints.tokenUrl, {
        grant_type: "urn:ietf:params:oauth:grant-type:device_code",
        client_id: endpoints.clientId,
        device_code: login.deviceCode,
        code_verifier: login.codeVerifier,
      }, { action: "log in", signal, system });
      switch (errorOf(reply)) {
        case "authorization_pending":
          break;
        case "slow_down": // with status 400, or 429 from the real service
          intervalMs += SLOW_DOWN_MS;
          break;
        default:
          return grantOf(reply, system.now());
      }
      failures = 0;
    } catch (error) {
      if (!(error instanceof OAuthError && error.isPassing)) throw error;
      failures++;
      if (!isNotified) notify(`${error.message}; still trying`);
      isNotified = true;
    }
  }
}

function grantOf(reply: Reply, now: number): CredentialContent {
  // The service sends a 401 without an error when the code has expired.
  const isExpiry = reply.status === 401 && "body" in reply &&
    errorOf(reply) === undefined;
  if (isExpiry) throw expiry();
  return contentOf(reply, { action: "log in", now });
}

function expiry(): OAuthError {
  const problem = "the code was not confirmed in time";
  return new OAuthError("log in", "expired_token", problem);
}

/** The codes that begin a login (RFC 8628, section 3.2). */
export interface DeviceCode {
  /** Exchanged for the tokens. Secret. */
  deviceCode: string;
  /** The code to type in the browser, if one is needed. */
  userCode: string | undefined;
  /** The page to open. */
  verificationUri: string;
  /** The same page with the code in its URL, if available. */
  verificationUriComplete: string | undefined;
  /** When the code expires, epoch milliseconds. */
  expiresAt: number;
  /** The pause between polls, milliseconds. */
  intervalMs: number;
}

/** Used if the reply has no interval (RFC 8628, section 3.2). */
const DEFAULT_INTERVAL_MS = 5_000;
const MIN_INTERVAL_MS = 1_000;

/** Used if the reply has no lifetime: a login takes a minute or two. */
const DEFAULT_LIFETIME_MS = 10 * 60 * 1_000;

/** Longer lifetimes are cut: nobody confirms a login after this time. */
const MAX_LIFETIME_MS = 60 * 60 * 1_000;

/**
 * Parses the reply to the request for a code. The agent requires a page with
 * the code in its URL, RFC 8628 a page and a code to type. Either is enough.
 *
 * @throws {OAuthError} If the reply has no code, or no page to open.
 */
export function parseDeviceReply(reply: Reply, now: number): DeviceCode {
  const body = grantIn(reply, "log in");
  const deviceCode = printableText(body.device_code) ?? missing("device code");
  const userCode = printableText(body.user_code);
  const verificationUriComplete = safePage(body.verification_uri_complete);
  const verificationUri = safePage(body.verification_uri) ??
    verificationUriComplete ?? missing("page to open");
  if (!userCode && !verificationUriComplete) missing("code to type");
  const lifetimeMs = Math.min(
    millisecondsOf(body.expires_in) ?? DEFAULT_LIFETIME_MS,
    MAX_LIFETIME_MS,
  );
  const intervalMs = millisecondsOf(body.interval) ?? DEFAULT_INTERVAL_MS;
  return {
    deviceCode,
    userCode,
    verificationUri,
    verificationUriComplete,
    expiresAt: now + lifetimeMs,
    // Poll at least once before the code expires.
    intervalMs: Math.max(Math.min(intervalMs, lifetimeMs / 2), MIN_INTERVAL_MS),
  };
}

function missing(what: string): never {
  const problem = `the service's answer has no ${what}`;
  throw new OAuthError("log in", "unreadable", problem);
}

/** Returns text that is safe to show: without terminal control characters. */
function printableText(value: unknown): string | undefined {
  const isLine = typeof value === "string" && /^[\x20-\x7e]+$/.test(value);
  return isLine ? value : undefined;
}

/** Returns a page that is safe to show and open, normalized as a URL. */
function safePage(value: unknown): string | undefined {
  const url = typeof value === "string" ? URL.parse(value) : null;
  return url && isSafe(url) ? url.href : undefined;
}

/** 43 characters, as section 4.1 recommends and the agent uses. */
const VERIFIER_BYTES = 32;

/**
 * Proves that the client requesting the tokens began the login (RFC 7636): a
 * random verifier, secret, and its challenge by the method `S256`.
 */
export async function createPkce(
  { system = realSystem }: { system?: Pick<System, "randomBytes"> } = {},
): Promise<{ verifier: string; challenge: string }> {
  const verifier = base64Url(system.randomBytes(VERIFIER_BYTES));
  return { verifier, challenge: await challengeOf(verifier) };
}

/** Returns the `S256` challenge for `verifier` (RFC 7636, section 4.2). */
export async function challengeOf(verifier: string): Promise<string> {
  const ascii = new TextEncoder().encode(verifier);
  return base64Url(
    new Uint8Array(await crypto.subtle.digest("SHA-256", ascii)),
  );
}

/** Encodes `bytes` for a URL, without padding (RFC 4648, section 5). */
function base64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
