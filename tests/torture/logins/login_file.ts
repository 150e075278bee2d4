import type { AgentName } from "./programs.ts";
import type { Granted } from "./token_book.ts";

/** The folder that is the home of an agent, below that of the user. */
export const HOMES: Readonly<Record<AgentName, string>> = {
  codex: ".codex",
  claude: ".claude",
};

/** The file with the login of an agent, in its home. */
export const FILES: Readonly<Record<AgentName, string>> = {
  codex: "auth.json",
  claude: ".credentials.json",
};

/** Long enough for versions of codex that go by the age of a login. */
const AGED_MS = 9 * 24 * 3_600_000;

/** Returns the content of the file with a login that was granted now. */
export function formatLogin(
  agent: AgentName,
  granted: Granted,
  { isAged = false }: { isAged?: boolean } = {},
): string {
  const { access, identity, refresh, expiresInS, family: { owner } } = granted;
  if (agent === "claude") {
    const claudeAiOauth = {
      accessToken: access,
      refreshToken: refresh,
      expiresAt: Date.now() + expiresInS * 1_000,
      scopes: ["user:inference", "user:profile"],
      subscriptionType: "max",
      accountUuid: owner,
      organizationUuid: "org-1",
    };
    return JSON.stringify({ claudeAiOauth });
  }
  const refreshedAt = Date.now() - (isAged ? AGED_MS : 0);
  return JSON.stringify({
    auth_mode: "chatgpt",
    OPENAI_API_KEY: null,
    tokens: {
      id_token: identity,
      access_token: access,
      refresh_token: refresh,
      account_id: "workspace-1",
    },
    last_refresh: new Date(refreshedAt).toISOString(),
  });
}

/** Writes the file with a login, and the folder that it is in. */
export function putLogin(path: string, text: string): void {
  const folder = path.slice(0, path.lastIndexOf("/"));
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  Deno.writeTextFileSync(path, text, { mode: 0o600 });
}
