import type { Credential, LoginFormat } from "../formats.ts";
import { isAtLeast } from "../version.ts";
import { parseCredential } from "./credential.ts";

/** Where `qwen` goes with a login that names no address (0.12.0). */
const DEFAULT_ADDRESS = "https://dashscope.aliyuncs.com/compatible-mode/v1";

/** How `qwen` keeps a login; the same in all versions. */
export const login: LoginFormat = {
  file: "oauth_creds.json",
  lock: "oauth_creds.lock",
  isTemporary: (name) => /^oauth_creds\.json\.tmp\./.test(name),
  parse: parseCredential,
  format,
  addressOf,
  service: {
    url: "https://chat.qwen.ai/api/v1/oauth2",
    devicePath: "/device/code",
    tokenPath: "/token",
    clientId: "f0304373b74a44d2b584a3fb70ca9e56",
    scope: "openid profile email model.completion",
  },
  // From 0.15.6 (up to at least 0.24.4) it answers "discontinued" headless,
  // unless the settings have `security.auth.useExternal`.
  isRefusedBy: (version, settings) =>
    isAtLeast(version, "0.15.6") &&
    Object(Object(settings.security).auth).useExternal !== true,
};

function format(
  { accessToken, refreshToken, expiresAt }: Credential,
  address: string,
): Uint8Array {
  const content = {
    access_token: accessToken,
    refresh_token: refreshToken,
    token_type: "Bearer",
    resource_url: address,
    expiry_date: expiresAt,
  };
  return new TextEncoder().encode(JSON.stringify(content));
}

/** `https` and `/v1` may be absent. */
function addressOf(bytes: Uint8Array): URL | null {
  const { resource_url } = JSON.parse(new TextDecoder().decode(bytes));
  const text = typeof resource_url === "string" && resource_url !== ""
    ? resource_url
    : DEFAULT_ADDRESS;
  const full = text.startsWith("http") ? text : `https://${text}`;
  return URL.parse(full.endsWith("/v1") ? full : `${full}/v1`);
}
