import { type OAuthAction, OAuthError } from "./errors.ts";
import { realSystem, type System } from "../system/system.ts";
import { grantIn, postForm, type Reply } from "./wire.ts";
import type { OAuthSettings } from "../agents/formats.ts";
import { isSafe } from "../system/loopback.ts";

/** The content of a credential file, with the agent's names. Secret. */
export interface CredentialContent {
  /** Sent with each request. */
  access_token: string;
  /** Exchanged for new tokens. */
  refresh_token: string;
  /** `"Bearer"`. */
  token_type: string;
  /** When the access token expires, epoch milliseconds. */
  expiry_date: number;
  /** The API base URL of this account, if the service sends one. */
  resource_url?: string;
  /** Unknown fields, which are kept. */
  [field: string]: unknown;
}

/**
 * Exchanges the refresh token of `old` for new tokens in a single request (RFC
 * 6749, section 6), and returns `old` with the new tokens. Store the result
 * before anything else: the refresh token of `old` may have been valid only
 * once.
 *
 * @throws {OAuthError} `invalid_grant` if the account needs a new login; with
 * any other code the old tokens remain valid.
 * @throws The reason of `signal`, if it aborts.
 */
export async function refreshTokens(
  endpoints: OAuthEndpoints,
  old: CredentialContent,
  { signal, system = realSystem }: {
    signal?: AbortSignal | undefined;
    system?: Pick<System, "fetch" | "now" | "sleep">;
  } = {},
): Promise<CredentialContent> {
  const action = "refresh the login";
  const reply = await postForm(endpoints.tokenUrl, {
    grant_type: "refresh_token",
    refresh_token: old.refresh_token,
    client_id: endpoints.clientId,
  }, { action, signal, system });
  return contentOf(reply, { action, now: system.now(), old });
}

/** Larger files are not accepted as credentials when read. */
const MAX_CONTENT_BYTES = 64 * 1024;

/**
 * Returns the content of the credential in `reply` (RFC 6749, section 5.1).
 * Keeps the fields of `old` that the reply lacks, such as `resource_url`, which
 * the agent loses on a refresh.
 *
 * @throws {OAuthError} If the reply grants nothing.
 */
export function contentOf(
  reply: Reply,
  { action, now, old }: {
    action: OAuthAction;
    now: number;
    old?: CredentialContent;
  },
): CredentialContent {
  const body = grantIn(reply, action);
  const unreadable = (problem: string) =>
    new OAuthError(action, "unreadable", `the service's answer ${problem}`);
  for (const name of ["access_token", "refresh_token"]) {
    if (isAbsent(body[name]) || tokenOf(body[name])) continue;
    throw unreadable(`has an invalid ${name}`);
  }
  const access_token = tokenOf(body.access_token);
  const refresh_token = tokenOf(body.refresh_token) ?? old?.refresh_token;
  const resource_url = textOf(body.resource_url);
  if (!access_token) throw unreadable("has no access token");
  if (!refresh_token) throw unreadable("has no refresh token");
  const content: CredentialContent = {
    ...old,
    access_token,
    refresh_token,
    token_type: textOf(body.token_type) ?? old?.token_type ?? "Bearer",
    ...(resource_url === undefined ? {} : { resource_url }),
    expiry_date: now + lifetimeOf(body.expires_in),
  };
  if (formatContent(content).length > MAX_CONTENT_BYTES) {
    throw unreadable("has more than 64 KiB of tokens");
  }
  return content;
}

/** Returns `content` as the bytes of a credential file of the agent. */
export function formatContent(content: CredentialContent): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(content, null, 2));
}

/**
 * Parses a positive number of seconds, also one in a string, and returns
 * milliseconds.
 */
export function millisecondsOf(seconds: unknown): number | undefined {
  const isText = typeof seconds === "string" && /^\d+(\.\d+)?$/.test(seconds);
  const value = isText ? Number(seconds) : seconds;
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  return value > 0 ? Math.round(value * 1_000) : undefined;
}

/**
 * Used if the lifetime in the reply is missing or implausible. If it is too
 * short, it costs an extra refresh; if it is too long, a refused request, after
 * which the agent refreshes as well.
 */
const DEFAULT_LIFETIME_MS = 60 * 60 * 1_000;

/** A longer lifetime is a mistake, such as milliseconds or a point in time. */
const MAX_LIFETIME_MS = 366 * 24 * 60 * 60 * 1_000;

function lifetimeOf(expiresIn: unknown): number {
  const lifetimeMs = millisecondsOf(expiresIn);
  const isSensible = lifetimeMs !== undefined && lifetimeMs <= MAX_LIFETIME_MS;
  return isSensible ? lifetimeMs : DEFAULT_LIFETIME_MS;
}

/**
 * Returns a valid token: printable ASCII (RFC 6749, appendix A), because it
 * goes into a header.
 */
function tokenOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text && /^[\x21-\x7e]+$/.test(text) ? text : undefined;
}

/** Services use an empty string for a missing value. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Overrides the address of the service, for tests and enterprises. */
const OAUTH_URL_VARIABLE = "ACCOUNT_QWEN_OAUTH_URL";

/** Where to request logins, and as which client. */
export interface OAuthEndpoints {
  /** Begins a login. */
  deviceUrl: string;
  /** Issues tokens. */
  tokenUrl: string;
  /** The public id of the client. */
  clientId: string;
  /** The permissions to request. */
  scope: string;
}

/**
 * Returns the endpoints: under `url`, or the address in
 * `ACCOUNT_QWEN_OAUTH_URL`, or the service's own. Both use the same address, so
 * that a login cannot begin at one service and end at another.
 *
 * @throws {OAuthError} `invalid_endpoint`, if the address is neither https nor
 * local, or has more than a host and a path.
 */
export function resolveEndpoints(
  settings: OAuthSettings,
  { url, system = realSystem }: {
    url?: string | undefined;
    system?: Pick<System, "env">;
  } = {},
): OAuthEndpoints {
  const { devicePath, tokenPath, clientId, scope } = settings;
  const base = url ? checkBase(url, "the address to log in at") : checkBase(
    system.env(OAUTH_URL_VARIABLE) || settings.url,
    OAUTH_URL_VARIABLE,
  );
  return {
    deviceUrl: base + devicePath,
    tokenUrl: base + tokenPath,
    clientId,
    scope,
  };
}

function checkBase(text: string, name: string): string {
  // Do not repeat an invalid URL: it may be a misplaced key.
  const fail = (problem: string) =>
    new OAuthError(`use ${name}`, "invalid_endpoint", `it ${problem}`);
  const url = URL.parse(text);
  if (!url) throw fail("is not a URL");
  if (!isSafe(url)) {
    throw fail("must begin with https://, except on this machine");
  }
  if (url.username || url.password || url.search || url.hash) {
    throw fail("may have nothing but a host and a path");
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}
