import { isSafe } from "../system/loopback.ts";
import { OAuthError } from "./errors.ts";
import { grantIn } from "./refusal.ts";
import { millisecondsOf } from "./token.ts";
import type { Reply } from "./wire.ts";

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
 * Parses the reply to the request for a code. The agent requests a page with
 * the code in its URL; RFC 8628 a page and a code. Either is enough.
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
  if (typeof value !== "string" || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  return isSafe(url) ? url.href : undefined;
}
