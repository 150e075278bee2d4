import { InvalidEndpointError } from "./errors.ts";
import type { OAuthSettings } from "../providers/provider.ts";
import { isSafe } from "../runtime/loopback.ts";
import { realSystem, type System } from "../system.ts";

/** Names another address than the provider's own, for tests and enterprises. */
export const OAUTH_URL_VARIABLE = "ACCOUNT_QWEN_OAUTH_URL";

/** Where and as whom to ask for logins. */
export interface OAuthEndpoints {
  /** Where a login begins. */
  deviceUrl: string;
  /** Where tokens are given out. */
  tokenUrl: string;
  /** The public name of the program. */
  clientId: string;
  /** What a login is to allow. */
  scope: string;
}

/** What replaces the provider's own address. */
export interface ResolveEndpointsOptions {
  /** The address that both endpoints lie below. */
  url?: string | undefined;
  /** @default realSystem */
  system?: Pick<System, "env">;
}

/**
 * Returns the endpoints of a provider: below `url`, else the address in
 * `ACCOUNT_QWEN_OAUTH_URL`, else the provider's own. One address for both, so
 * that no login is begun at one service and ended at another.
 *
 * @throws {InvalidEndpointError} If the address is neither https nor on a
 * loopback host, or has more to it than a host and a path.
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
  // What is no URL is not repeated: it may be a key in the wrong place.
  if (!URL.canParse(text)) throw new InvalidEndpointError(name, "is not a URL");
  const url = new URL(text);
  if (!isSafe(url)) {
    const problem = "must begin with https://, except on this machine";
    throw new InvalidEndpointError(name, problem);
  }
  if (url.username || url.password || url.search || url.hash) {
    const problem = "may have nothing but a host and a path";
    throw new InvalidEndpointError(name, problem);
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}
