import { OAuthError } from "./errors.ts";
import type { OAuthSettings } from "../agents/formats.ts";
import { isSafe } from "../system/loopback.ts";
import { realSystem, type System } from "../system/system.ts";

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

/** Options of `resolveEndpoints`. */
interface ResolveEndpointsOptions {
  /** The base URL of both endpoints. */
  url?: string | undefined;
  /** @default realSystem */
  system?: Pick<System, "env">;
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
  options: ResolveEndpointsOptions = {},
): OAuthEndpoints {
  const { url, system = realSystem } = options;
  const { devicePath, tokenPath, clientId, scope } = settings;
  const variable = system.env(OAUTH_URL_VARIABLE);
  const base = url
    ? checkBase(url, "the address to log in at")
    : checkBase(variable || settings.url, OAUTH_URL_VARIABLE);
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
  if (!URL.canParse(text)) throw fail("is not a URL");
  const url = new URL(text);
  if (!isSafe(url)) {
    throw fail("must begin with https://, except on this machine");
  }
  if (url.username || url.password || url.search || url.hash) {
    throw fail("may have nothing but a host and a path");
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}
