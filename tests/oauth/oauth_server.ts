import {
  type OAuthEndpoints,
  resolveEndpoints,
} from "../../lib/oauth/token.ts";
import { qwen } from "../../lib/agents/qwen/agent.ts";

/** A request as the server saw it. */
export interface SeenPost {
  /** The path of the URL. */
  path: string;
  /** The fields of the form. */
  form: Record<string, string>;
  /** Its headers. */
  headers: Headers;
}

/** A running server; use it with `await using`. */
export interface OAuthServer extends AsyncDisposable {
  /** Its two endpoints. */
  endpoints: OAuthEndpoints;
  /** The requests so far, oldest first. */
  requests: SeenPost[];
}

/** The answer to one request. */
export type Answer = () => Response;

/**
 * Starts a server on a free loopback port that returns `answers` one after
 * another, and then repeats the last.
 */
export function oauthServer(...answers: Answer[]): OAuthServer {
  const requests: SeenPost[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const answer = answers[Math.min(requests.length, answers.length - 1)];
      requests.push({
        path: new URL(request.url).pathname,
        form: Object.fromEntries(new URLSearchParams(await request.text())),
        headers: request.headers,
      });
      return answer?.() ?? new Response(null, { status: 404 });
    },
  );
  return {
    endpoints: endpointsAt(`http://127.0.0.1:${server.addr.port}/oauth`),
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A server that sends `beginning` to every request and hangs up. */
export function cuttingServer(beginning = ""): OAuthServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = listener.addr.transport === "tcp" ? listener.addr.port : 0;
  const hangingUp = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(4096));
      await connection.write(new TextEncoder().encode(beginning));
      connection.close();
    }
  })();
  return {
    endpoints: endpointsAt(`http://127.0.0.1:${port}/oauth`),
    requests: [],
    [Symbol.asyncDispose]: () => {
      listener.close();
      return hangingUp;
    },
  };
}

/** The endpoints at `url`. */
function endpointsAt(url: string): OAuthEndpoints {
  const system = { env: () => undefined };
  return resolveEndpoints(qwen.login.service, { url, system });
}

/** Answers with `body` as JSON. */
export function json(body: unknown, status = 200): Answer {
  return () => Response.json(body, { status });
}

/** Answers with the error `error` of RFC 6749, section 5.2. */
export function refusal(error: string, status = 400): Answer {
  return json({ error, error_description: "Secret text" }, status);
}

/** Answers with a text that is not JSON. */
export function text(body: string, status = 200): Answer {
  return () => new Response(body, { status });
}

/** The page of a proxy. */
export const WEB_PAGE = "<!DOCTYPE html><html><body>Bad gateway</body></html>";

/** A token reply with everything that the real service sends. */
export const TOKENS = {
  access_token: "secret-access-token-2",
  refresh_token: "secret-refresh-token-2",
  token_type: "Bearer",
  resource_url: "portal.example",
  expires_in: 21_600,
};
