/** How the fake of codex reads its arguments and its file. */

/** What it has in memory of `auth.json`. Other members are lost. */
export interface Login {
  auth_mode?: string;
  OPENAI_API_KEY: string | null;
  tokens?: {
    id_token: string;
    access_token: string;
    refresh_token: string;
    account_id: string;
  };
  last_refresh?: string;
}

const REFRESHED_AFTER_MS = 8 * 24 * 3_600_000;
const DUE_MS = 5 * 60_000;

/** The login with tokens that were granted. */
export function withTokens(
  login: Login,
  granted: Record<string, unknown>,
): Login {
  const { id_token, access_token, refresh_token } = granted;
  return {
    auth_mode: "chatgpt",
    OPENAI_API_KEY: login.OPENAI_API_KEY,
    tokens: {
      id_token: String(id_token),
      access_token: String(access_token),
      refresh_token: String(refresh_token),
      account_id: login.tokens?.account_id ?? "workspace-1",
    },
    last_refresh: new Date().toISOString(),
  };
}

/** The content of the file. */
export function format(login: Login): string {
  return JSON.stringify(login, null, 2);
}

/** Whether a version refreshes a login when it starts. */
export function isDue(
  { tokens, last_refresh }: Login,
  { isOld }: { isOld: boolean },
): boolean {
  if (!tokens) return false;
  const refreshedAt = Date.parse(last_refresh ?? "");
  const isAged = Date.now() - refreshedAt > REFRESHED_AFTER_MS;
  const { exp } = claimsIn(tokens.access_token);
  if (isOld || typeof exp !== "number") return isAged;
  return exp * 1_000 <= Date.now() + DUE_MS;
}

/** The refresh token. */
export function tokenOf({ tokens }: Login): string {
  return tokens?.refresh_token ?? "";
}

/** Whose login it is. */
export function ownerOf({ tokens }: Login): string | undefined {
  const claims = claimsIn(tokens?.id_token ?? "");
  return Object(claims["https://api.openai.com/auth"]).chatgpt_user_id;
}

function claimsIn(jwt: string): Record<string, unknown> {
  const [, payload] = jwt.split(".");
  if (!payload) return {};
  const bytes = Uint8Array.fromBase64(payload, { alphabet: "base64url" });
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** The file that a link at `path` leads to, also if that does not exist. */
export function targetOf(path: string): string {
  try {
    const target = Deno.readLinkSync(path);
    return target.startsWith("/") ? target : path.replace(/[^/]+$/, target);
  } catch {
    return path;
  }
}

/** Whether there is a folder. */
export function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Returns the arguments without options and their values. */
export function withoutOptions(args: readonly string[]): string[] {
  const left: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "--") return [...left, ...args.slice(at + 1)];
    if (/^-[cCsmopi]$/.test(arg)) at++;
    else if (!arg.startsWith("-")) left.push(arg);
  }
  return left;
}
