import type { LoginOfRun } from "../rotation/login_of.ts";
import { serviceOfLogin } from "../providers/api_presets.ts";
import type { Upstream } from "./pool.ts";

/**
 * Returns the upstream of the OAuth account `account`. All logins have the same
 * models.
 */
export function loginUpstream(
  account: number,
  { accessToken, baseUrl }: LoginOfRun,
): Upstream {
  return {
    account,
    baseUrl,
    secret: accessToken,
    service: serviceOfLogin(baseUrl),
    modelFor: (asked) => asked,
  };
}
