import type { Credential, LoginFormat } from "../formats.ts";
import { parseLoginJson } from "../home_login.ts";
import { isAtLeast } from "../version.ts";

/** The address for a login that names none (0.12.0). */
const DEFAULT_ADDRESS = "https://dashscope.aliyuncs.com/compatible-mode/v1";

/** How `qwen` keeps a login; the same in all versions. */
export const login: LoginFormat = {
  file: "oauth_creds.json",
  lock: "oauth_creds.lock",
  isTemporary: (name) => /^oauth_creds\.json\.tmp\./.test(name),
  parse: parseCredential,
  format,
  addressOf,
  issuer: "Qwen",
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
  end: {
    lastVersion: "0.15.5",
    reason: "their free tier ended on 2026-04-15",
  },
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

/**
 * Reads the content of a credential file by the rules of `qwen` (measured on
 * 0.12.0 and 0.24.4): JSON without a BOM, three non-empty strings and the end
 * as a number of milliseconds. For anything else, `qwen` asks for a new login.
 *
 * @throws {SyntaxError} If it breaks a rule; the message completes "it ...".
 */
export function parseCredential(bytes: Uint8Array): Credential {
  if (bytes.length === 0) throw new SyntaxError("is empty");
  const { access_token, refresh_token, token_type, expiry_date } =
    parseLoginJson(bytes, { allowMark: false });
  const accessToken = textOf(access_token, "access_token");
  const refreshToken = textOf(refresh_token, "refresh_token");
  textOf(token_type, "token_type");
  if (typeof expiry_date !== "number" || !Number.isFinite(expiry_date)) {
    throw new SyntaxError("has no expiry_date in milliseconds");
  }
  return { accessToken, refreshToken, expiresAt: expiry_date };
}

function textOf(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new SyntaxError(`has no ${name}`);
}
