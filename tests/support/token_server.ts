import { signalFor } from "./deadline.ts";

/** A running token server; use it with `await using`. */
export interface TokenServer extends AsyncDisposable {
  /** The value for `ACCOUNT_QWEN_OAUTH_URL`. */
  url: string;
  /** The paths of the requests so far, oldest first. */
  paths: string[];
  /** The refresh tokens that were sent, oldest first. */
  sent: string[];
  /**
   * Resolves when the `count`th request has arrived; rejects after a minute.
   */
  asked(count: number): Promise<void>;
}

/** How the server answers. */
export interface TokenServerOptions {
  /** How long each answer takes, milliseconds. @default 0 */
  delayMs?: number;
  /** The answer to a request for tokens. @default new tokens */
  answer?: (sent: string) => Response | Promise<Response>;
  /** The page of a login. @default LOGIN_PAGE */
  page?: string;
}

/** How long the code of a login is valid, seconds. */
const CODE_LIFETIME = 600;

/** The page of a login. */
export const LOGIN_PAGE = "https://login.example/authorize?user_code=ABCD-1234";

/** The reply that grants tokens with `name` in them. */
export function tokens(name: string, others: Record<string, unknown> = {}) {
  return {
    access_token: `new-access-${name}`,
    refresh_token: `new-refresh-${name}`,
    token_type: "Bearer",
    expires_in: 21_600,
    ...others,
  };
}

/** Starts a login service on a free loopback port. */
export function tokenServer(options: TokenServerOptions = {}): TokenServer {
  const { delayMs = 0, page = LOGIN_PAGE } = options;
  const paths: string[] = [];
  const sent: string[] = [];
  const waiting: (() => void)[] = [];
  const answer = options.answer ?? ((it) => Response.json(tokens(it)));
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const path = new URL(request.url).pathname;
      const form = new URLSearchParams(await request.text());
      paths.push(path);
      const token = form.get("refresh_token");
      if (token) sent.push(token);
      for (const it of waiting) it();
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (path.endsWith("/token")) return await answer(token ?? "login");
      return Response.json({
        device_code: "secret-device-code",
        user_code: "ABCD-1234",
        verification_uri: "https://login.example/authorize",
        verification_uri_complete: page,
        expires_in: CODE_LIFETIME,
        interval: 1,
      });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    paths,
    sent,
    asked(count) {
      const signal = signalFor(`request ${count}`);
      const look = () => void (paths.length >= count && signal.resolve());
      waiting.push(look);
      look();
      return signal.promise;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
