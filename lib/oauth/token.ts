import { type OAuthAction, OAuthError } from "./errors.ts";
import { realSystem, type System } from "../system.ts";
import type { OAuthEndpoints } from "./endpoints.ts";
import { grantIn } from "./refusal.ts";
import { postForm, type Reply } from "./wire.ts";

/** What a credential file holds, by the names that the CLI gives it. Secret. */
export interface CredentialContent {
  /** Sent with each request. */
  access_token: string;
  /** Exchanged for new tokens. */
  refresh_token: string;
  /** `"Bearer"`. */
  token_type: string;
  /** When the access token ends, epoch milliseconds. */
  expiry_date: number;
  /** The API base of this account, where the provider names one. */
  resource_url?: string;
  /** What others have put beside it. */
  [field: string]: unknown;
}

/** How to ask for new tokens. */
export interface RefreshOptions {
  /** Ends it early. */
  signal?: AbortSignal | undefined;
  /** @default realSystem */
  system?: Pick<System, "fetch" | "now" | "sleep">;
}

/**
 * Asks once for new tokens in exchange for those of `old` (RFC 6749, section
 * 6), and returns `old` with them in it. Store it before anything else: the
 * refresh token of `old` may have been good for this one use.
 *
 * @throws {OAuthError} `invalid_grant` if the account needs a new login; with
 * any other code the old tokens are as good as before.
 * @throws The reason of `signal`, if that ended it.
 */
export async function refreshTokens(
  endpoints: OAuthEndpoints,
  old: CredentialContent,
  options: RefreshOptions = {},
): Promise<CredentialContent> {
  const { signal, system = realSystem } = options;
  const action = "refresh the login";
  const reply = await postForm(endpoints.tokenUrl, {
    grant_type: "refresh_token",
    refresh_token: old.refresh_token,
    client_id: endpoints.clientId,
  }, { action, signal, system });
  return contentOf(reply, { action, now: system.now(), old });
}

/** A file with more is taken for something else when it is read. */
export const MAX_CONTENT_BYTES: number = 64 * 1024;

/** What the content of a credential depends on besides the reply. */
export interface ContentOptions {
  /** What the tokens were asked for. */
  action: OAuthAction;
  /** The time, epoch milliseconds. */
  now: number;
  /** The content until now, of which stays what the reply does not say. */
  old?: CredentialContent;
}

/**
 * Returns the content of the credential that `reply` grants (RFC 6749, section
 * 5.1). Unlike the CLI, which loses it, a refresh keeps `resource_url`.
 *
 * @throws {OAuthError} If it grants none.
 */
export function contentOf(
  reply: Reply,
  { action, now, old }: ContentOptions,
): CredentialContent {
  const body = grantIn(reply, action);
  const unreadable = (problem: string) =>
    new OAuthError(action, "unreadable", `the provider's answer ${problem}`);
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

/** Returns the bytes of a credential file with `content`, as the CLI's are. */
export function formatContent(content: CredentialContent): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(content, null, 2));
}

/**
 * Reads a number of seconds that is above zero, also one sent as text, and
 * returns milliseconds.
 */
export function millisecondsOf(seconds: unknown): number | undefined {
  const isText = typeof seconds === "string" && /^\d+(\.\d+)?$/.test(seconds);
  const value = isText ? Number(seconds) : seconds;
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  return value > 0 ? Math.round(value * 1_000) : undefined;
}

/**
 * Taken where the reply does not say it well. Too short costs a refresh, and
 * too long a refused request, after which the CLI refreshes too.
 */
const DEFAULT_LIFETIME_MS = 60 * 60 * 1_000;

/** More is a mistake, such as milliseconds, or a time instead of a duration. */
const MAX_LIFETIME_MS = 366 * 24 * 60 * 60 * 1_000;

function lifetimeOf(expiresIn: unknown): number {
  const lifetimeMs = millisecondsOf(expiresIn);
  const isSensible = lifetimeMs !== undefined && lifetimeMs <= MAX_LIFETIME_MS;
  return isSensible ? lifetimeMs : DEFAULT_LIFETIME_MS;
}

/** A token is printable ASCII (RFC 6749, appendix A): it goes into a header. */
function tokenOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text && /^[\x21-\x7e]+$/.test(text) ? text : undefined;
}

/** Of an empty text, services mean the same as of none. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
