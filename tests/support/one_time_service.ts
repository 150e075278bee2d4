import type { ChatRequest } from "./chat_wire.ts";

/** A service with opaque tokens that accepts each refresh token once. */
export interface OneTimeService extends AsyncDisposable {
  /** The origin, such as `http://127.0.0.1:40123`. */
  origin: string;
  /** The API base that a credential's `resource_url` names. */
  baseUrl: string;
  /** The content of a first credential file of `owner`. */
  login(owner: string): string;
  /** The owners of the used refresh tokens, oldest first. */
  refreshed: readonly string[];
  /** The owners of refresh tokens that were used a second time. */
  reused: readonly string[];
  /** The account that a refresh token belongs to. */
  ownerOf(refreshToken: string): string | undefined;
  /** Whether a refresh token has not been used. */
  isGood(refreshToken: string): boolean;
}

/**
 * Starts one on a free loopback port. Access tokens expire after `lifetimeS`; a
 * chat request with a valid one gets `answer`.
 */
export function oneTimeService(
  { lifetimeS, answer }: {
    lifetimeS: number;
    answer: (request: ChatRequest) => Response | Promise<Response>;
  },
): OneTimeService {
  const owners = new Map<string, string>();
  const used = new Set<string>();
  const ends = new Map<string, number>();
  const refreshed: string[] = [];
  const reused: string[] = [];

  function grant(owner: string) {
    const access_token = `access-${crypto.randomUUID()}`;
    const refresh_token = `refresh-${crypto.randomUUID()}`;
    owners.set(refresh_token, owner);
    ends.set(access_token, Date.now() + lifetimeS * 1_000);
    return { access_token, refresh_token, token_type: "Bearer" };
  }

  function refresh(sent: string): Response {
    const owner = owners.get(sent);
    if (owner === undefined || used.has(sent)) {
      reused.push(owner ?? "nobody");
      return Response.json({ error: "invalid_grant" }, { status: 400 });
    }
    used.add(sent);
    refreshed.push(owner);
    const granted = { ...grant(owner), resource_url: baseUrl };
    return Response.json({ ...granted, expires_in: lifetimeS });
  }

  async function handle(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("/device/code")) {
      await request.text();
      const page = "https://provider.invalid/authorize";
      return Response.json({
        device_code: "device-code-1",
        user_code: "ABCD-1234",
        verification_uri: page,
        verification_uri_complete: `${page}?user_code=ABCD-1234`,
        expires_in: 600,
      });
    }
    if (pathname.endsWith("/token")) {
      const form = new URLSearchParams(await request.text());
      return form.get("grant_type") === "refresh_token"
        ? refresh(form.get("refresh_token") ?? "")
        : Response.json({ error: "authorization_pending" }, { status: 400 });
    }
    const token = request.headers.get("authorization")?.slice(7) ?? "";
    const body: ChatRequest = await request.json();
    if ((ends.get(token) ?? 0) > Date.now()) {
      return await answer(body);
    }
    const error = { message: "invalid access token or token expired" };
    return Response.json({ error }, { status: 401 });
  }

  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    handle,
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const baseUrl = `${origin}/v1`;
  return {
    origin,
    baseUrl,
    login: (owner) =>
      JSON.stringify({
        ...grant(owner),
        resource_url: baseUrl,
        expiry_date: Date.now() + lifetimeS * 1_000,
      }),
    refreshed,
    reused,
    ownerOf: (token) => owners.get(token),
    isGood: (token) => owners.has(token) && !used.has(token),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
