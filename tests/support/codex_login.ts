import { homeLogin } from "../../lib/agents/codex/login.ts";

/** A login. */
export interface CodexLogin {
  /** The content of its file. */
  bytes: Uint8Array;
  /** The bearer of its requests. */
  accessToken: string;
}

/** What a login says besides its account. */
export interface CodexLoginOptions {
  /** @default "user-1" */
  user?: string;
  /** @default that of the account */
  refreshToken?: string;
  /** When the access token expires, epoch seconds. @default in 2100 */
  exp?: number | undefined;
}

/** Returns a login for `account`, as codex itself writes it. */
export function loginOf(
  account: string,
  {
    user = "user-1",
    refreshToken = `refresh-of-${account}`,
    exp = 4_102_444_800,
  }: CodexLoginOptions = {},
): CodexLogin {
  const accessToken = accessTokenUntil(exp);
  const claim = { chatgpt_account_id: account, chatgpt_user_id: user };
  const login = {
    auth_mode: "chatgpt",
    OPENAI_API_KEY: null,
    tokens: {
      id_token: jwtOf({
        email: "anna@example.com",
        "https://api.openai.com/auth": claim,
      }),
      access_token: accessToken,
      refresh_token: refreshToken,
      account_id: account,
    },
    last_refresh: new Date().toISOString(),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(login));
  homeLogin.parse(bytes); // or it is not one
  return { bytes, accessToken };
}

/** Returns an access token that expires at `exp`, epoch seconds. */
export function accessTokenUntil(exp: number): string {
  return jwtOf({ exp });
}

/** Returns a token with `claims`. */
export function jwtOf(claims: unknown): string {
  const part = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value))
      .toBase64({ alphabet: "base64url", omitPadding: true });
  return `${part({ alg: "none" })}.${part(claims)}.${part("signature")}`;
}
