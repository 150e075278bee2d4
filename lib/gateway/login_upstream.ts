import type { LoginOfRun } from "../rotation/secret_of.ts";
import { serviceOfLogin } from "../providers/api_presets.ts";
import type { Upstream } from "./pool.ts";

/**
 * Describes the OAuth account `account` as requests go to it. All of them have
 * the same models.
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
