/**
 * Login for a program without its own browser: the device flow (RFC 8628) with
 * PKCE (RFC 7636).
 *
 * @module
 */

import { OAuthError } from "./errors.ts";
import { type Notify, realSystem, type System } from "../system/system.ts";
import type { OAuthEndpoints } from "./endpoints.ts";
import { type DeviceCode, parseDeviceReply } from "./device_reply.ts";
import { createPkce } from "./pkce.ts";
import { errorOf } from "./refusal.ts";
import { contentOf, type CredentialContent } from "./token.ts";
import { postForm, type PostOptions, type Reply } from "./wire.ts";

/** A login that has begun; the user must confirm it in a browser. */
export interface DeviceLogin extends DeviceCode {
  /** Proves that we began the login. Secret. */
  codeVerifier: string;
}

/** How to begin a login. */
export interface RequestDeviceCodeOptions {
  /** Cancels the login. */
  signal?: AbortSignal | undefined;
  /** @default realSystem */
  system?: Pick<System, "fetch" | "now" | "randomBytes" | "sleep">;
}

/**
 * Begins a login (RFC 8628, section 3.1).
 *
 * @throws {OAuthError} If the service refuses.
 * @throws The reason of `signal`, if it aborts.
 */
export async function requestDeviceCode(
  endpoints: OAuthEndpoints,
  options: RequestDeviceCodeOptions = {},
): Promise<DeviceLogin> {
  const { signal, system = realSystem } = options;
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
export interface PollOptions {
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
    const pauseMs = pauseAfter(failures, intervalMs);
    await system.sleep(Math.min(pauseMs, timeLeft()), signal);
    if (timeLeft() === 0) throw expiry();
    try {
      const reply = await poll(endpoints, login, { signal, system });
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

async function poll(
  endpoints: OAuthEndpoints,
  login: DeviceLogin,
  options: Pick<PostOptions, "signal" | "system">,
): Promise<Reply> {
  return await postForm(endpoints.tokenUrl, {
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    client_id: endpoints.clientId,
    device_code: login.deviceCode,
    code_verifier: login.codeVerifier,
  }, { action: "log in", ...options });
}

function pauseAfter(failures: number, intervalMs: number): number {
  const longestMs = Math.max(MAX_PAUSE_MS, intervalMs);
  return Math.min(intervalMs * 2 ** failures, longestMs);
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
