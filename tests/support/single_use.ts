import { tokenServer } from "./token_server.ts";

/** A service that accepts each refresh token once. */
export interface SingleUse extends AsyncDisposable {
  /** The value for `ACCOUNT_QWEN_OAUTH_URL`. */
  url: string;
  /** The refresh tokens that it received, oldest first. */
  sent: readonly string[];
  /** Those of them that had been used before. */
  reused: readonly string[];
  /** Forgets all requests, and restarts the numbering. */
  reset(): void;
  /** Marks a token as used. */
  spend(token: string): void;
}

/**
 * Starts one on a free loopback port; the tokens that it grants are numbered.
 * `meanwhile` runs before each answer.
 */
export function singleUseServer(
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): SingleUse {
  const used = new Set<string>();
  const reused: string[] = [];
  let granted = 0;
  const server = tokenServer({
    answer: async (sent) => {
      await meanwhile();
      if (used.has(sent)) {
        reused.push(sent);
        return Response.json({ error: "invalid_grant" }, { status: 400 });
      }
      used.add(sent);
      granted++;
      return Response.json({
        access_token: `granted-access-${granted}`,
        refresh_token: `granted-refresh-${granted}`,
        token_type: "Bearer",
        expires_in: 21_600,
      });
    },
  });
  return {
    url: server.url,
    sent: server.sent,
    reused,
    reset: () => {
      used.clear();
      reused.length = server.sent.length = granted = 0;
    },
    spend: (token) => void used.add(token),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
