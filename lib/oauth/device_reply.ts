import { isSafe } from "../runtime/loopback.ts";
import { OAuthError } from "./errors.ts";
import { grantIn } from "./refusal.ts";
import { millisecondsOf } from "./token.ts";
import type { Reply } from "./wire.ts";

/** What the provider lets a login begin with (RFC 8628, section 3.2). */
export interface DeviceCode {
  /** What the tokens are asked for with. Secret. */
  deviceCode: string;
  /** What is typed in the browser, where it must be. */
  userCode: string | undefined;
  /** The page to open. */
  verificationUri: string;
  /** The same with the code in it, where the provider has that. */
  verificationUriComplete: string | undefined;
  /** When the code runs out, epoch milliseconds. */
  expiresAt: number;
  /** How long to wait before each question. */
  intervalMs: number;
}

/** Taken where the reply does not say, as RFC 8628, section 3.2, has it. */
const DEFAULT_INTERVAL_MS = 5_000;
const MIN_INTERVAL_MS = 1_000;

/** Taken where the reply does not say: a login takes a minute or two. */
const DEFAULT_LIFETIME_MS = 10 * 60 * 1_000;

/** Nobody confirms a login that is older. */
const MAX_LIFETIME_MS = 60 * 60 * 1_000;

/**
 * Reads the reply to the request for a code. The CLI asks for a page with the
 * code in it; RFC 8628 for a page and a code. Either will do.
 *
 * @throws {OAuthError} If the reply has no code, or no page to go to.
 */
export function parseDeviceReply(reply: Reply, now: number): DeviceCode {
  const body = grantIn(reply, "log in");
  const deviceCode = lineOf(body.device_code) ?? missing("device code");
  const userCode = lineOf(body.user_code);
  const verificationUriComplete = pageOf(body.verification_uri_complete);
  const verificationUri = pageOf(body.verification_uri) ??
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
    // Else nobody would ask before the code has run out.
    intervalMs: Math.max(Math.min(intervalMs, lifetimeMs / 2), MIN_INTERVAL_MS),
  };
}

function missing(what: string): never {
  const problem = `the provider's answer has no ${what}`;
  throw new OAuthError("log in", "unreadable", problem);
}

/** Text that can be shown: what steers a terminal is not let through. */
function lineOf(value: unknown): string | undefined {
  const isLine = typeof value === "string" && /^[\x20-\x7e]+$/.test(value);
  return isLine ? value : undefined;
}

/** A page that can be shown and opened, as a browser would write it. */
function pageOf(value: unknown): string | undefined {
  if (typeof value !== "string" || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  return isSafe(url) ? url.href : undefined;
}
