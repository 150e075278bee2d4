/**
 * A service on loopback that grants logins as those of codex, claude and qwen do:
 * each refresh token counts once, and a second use revokes the family, which is
 * all tokens since one login. It answers the real programs and the fakes, and
 * remembers who has spent a token twice.
 *
 * @module
 */

import { type Family, type Granted, TokenBook } from "./token_book.ts";
import { ACTOR_HEADER, OWNER_HEADER } from "./wire.ts";

/** A request. */
export interface SeenRequest {
  /** The path, such as `/codex/token`. */
  path: string;
  /** When it arrived, epoch milliseconds with a fraction. */
  at: number;
}

/** A running service. */
export interface TokenService extends AsyncDisposable {
  /** Its origin. */
  url: string;
  /** What it has granted. */
  book: TokenBook;
  /** The requests, oldest first. */
  requests: SeenRequest[];
  /** The owners whose usage limit is reached. */
  limited: Set<string>;
  /** How many answers an owner gets before the usage limit. @default no limit */
  answersLeft: Map<string, number>;
  /** The owners whose access token is refused at the next request. */
  expired: Set<string>;
  /** Who logs in with the next code of a device. @default "anna" */
  nextLogin: string;
  /** How long a refresh takes, in milliseconds. @default 0 */
  latencyMs: number;
  /** The status of the next refreshes instead of a grant. @default none */
  refuse: number | undefined;
}

/** Starts one with these accounts at the service. */
export function startTokenService(): TokenService {
  const end = new AbortController();
  const book = new TokenBook();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, signal: end.signal },
    (request) => handle(service, request),
  );
  const service: TokenService = {
    url: `http://127.0.0.1:${server.addr.port}`,
    book,
    requests: [],
    limited: new Set(),
    answersLeft: new Map(),
    expired: new Set(),
    nextLogin: "anna",
    latencyMs: 0,
    refuse: undefined,
    async [Symbol.asyncDispose]() {
      end.abort();
      await server.finished;
    },
  };
  return service;
}

async function handle(
  service: TokenService,
  request: Request,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  const at = performance.timeOrigin + performance.now();
  service.requests.push({ path: pathname, at });
  const text = await request.text();
  const actor = request.headers.get(ACTOR_HEADER) ?? "unknown";
  const [, agent = ""] = pathname.split("/");
  if (request.method === "GET" && pathname.endsWith("/responses")) {
    return new Response(null, { status: 426 }); // no websocket
  }
  if (pathname.endsWith("/revoke")) {
    service.book.revoke(text);
    return new Response();
  }
  if (pathname.includes("/deviceauth/")) return deviceStep(pathname);
  if (pathname.endsWith("/oauth/token") && /grant_type\W+auth/.test(text)) {
    const owner = request.headers.get(OWNER_HEADER) || service.nextLogin;
    return Response.json(answerOf(service.book.login(owner)));
  }
  if (pathname === "/codex/token" || pathname === "/v1/oauth/token") {
    return await refresh(service, { actor, agent, ...JSON.parse(text) });
  }
  if (agent === "qwen" && !pathname.endsWith("/chat")) {
    return await qwenLogin(service, { pathname, text, actor });
  }
  if (/\/(responses|chat)$|^\/v1\/messages$/.test(pathname)) {
    const bearer = request.headers.get("authorization")?.slice(7) ?? "";
    const isStream = agent === "v1" && Object(JSON.parse(text)).stream;
    return answer(service, { agent: isStream ? "stream" : agent, bearer });
  }
  return Response.json({ detail: "Not Found" }, { status: 404 });
}

/** The flow with a code, in which the user has logged in already. */
function deviceStep(pathname: string): Response {
  return Response.json(
    pathname.endsWith("/usercode")
      ? { device_auth_id: "device-1", user_code: "ABCD-1234", interval: "1" }
      : {
        authorization_code: "code-1",
        code_challenge: "challenge-1",
        code_verifier: "verifier-1",
      },
  );
}

/** The device flow of qwen, in which the user has logged in already. */
async function qwenLogin(
  service: TokenService,
  { pathname, text, actor }: { pathname: string; text: string; actor: string },
): Promise<Response> {
  const form = new URLSearchParams(text);
  if (pathname.endsWith("/device/code")) {
    const page = "https://login.example/authorize";
    return Response.json({
      ...{ device_code: "device-1", user_code: "ABCD-1234" },
      ...{ verification_uri: page, verification_uri_complete: page },
      ...{ expires_in: 600, interval: 1 },
    });
  }
  const refresh_token = form.get("refresh_token");
  return refresh_token === null
    ? Response.json(answerOf(service.book.login(service.nextLogin)))
    : await refresh(service, { actor, agent: "qwen", refresh_token });
}

async function refresh(
  service: TokenService,
  { refresh_token, actor, agent }: {
    refresh_token: string;
    actor: string;
    agent: string;
  },
): Promise<Response> {
  const { latencyMs } = service;
  // Half of the time before the token is spent, half of it after that.
  await new Promise((resolve) => setTimeout(resolve, latencyMs / 2));
  const granted = service.refuse === undefined
    ? service.book.refresh(refresh_token, actor)
    : undefined;
  await new Promise((resolve) => setTimeout(resolve, latencyMs / 2));
  if (granted) return Response.json(answerOf(granted));
  const error = agent === "codex"
    ? { code: "refresh_token_reused", message: "already used" }
    : "invalid_grant";
  const status = service.refuse ?? (agent === "codex" ? 401 : 400);
  return Response.json({ error }, { status });
}

/** One reply that either program takes: each ignores what is the other's. */
function answerOf(granted: Granted): object {
  const { access, identity, refresh, expiresInS, family: { owner } } = granted;
  return {
    id_token: identity,
    access_token: access,
    refresh_token: refresh,
    token_type: "Bearer",
    expires_in: expiresInS,
    scope: "user:inference user:profile",
    account: { uuid: owner, email_address: `${owner}@example.com` },
    organization: { uuid: "org-1" },
  };
}

function answer(
  { book, limited, answersLeft, expired }: TokenService,
  { agent, bearer }: { agent: string; bearer: string },
): Response {
  const family: Family | undefined = book.familyOf(bearer);
  const isExpired = family !== undefined && expired.delete(family.owner);
  if (!family || isExpired || !book.isValid(bearer, { agent })) {
    const error = { type: "authentication_error", message: "not valid" };
    return Response.json({ type: "error", error }, { status: 401 });
  }
  const left = answersLeft.get(family.owner) ?? Infinity;
  answersLeft.set(family.owner, left - 1);
  if (limited.has(family.owner) || left <= 0) {
    const error = {
      type: "usage_limit_reached",
      message: "The usage limit has been reached",
      plan_type: "plus",
      resets_at: RESETS_AT_S,
    };
    return Response.json({ error }, { status: 429 });
  }
  const { owner } = family;
  if (agent === "v1") return Response.json(messageOf(owner));
  return streamOf(agent === "stream" ? messageEvents(owner) : eventsOf(owner));
}

/** A time far in the future. */
const RESETS_AT_S = 4_102_444_800;

function streamOf(events: readonly { type: string }[]): Response {
  const lines = events.map((it) =>
    `event: ${it.type}\ndata: ${JSON.stringify(it)}\n\n`
  );
  return new Response(lines.join(""), {
    headers: { "content-type": "text/event-stream" },
  });
}

function eventsOf(text: string) {
  const item = {
    type: "message",
    id: "msg_1",
    role: "assistant",
    content: [{ type: "output_text", text, annotations: [] }],
  };
  const usage = { input_tokens: 11, output_tokens: 7, total_tokens: 18 };
  return [
    { type: "response.created", response: { id: "r1" } },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: { id: "r1", usage } },
  ];
}

function messageEvents(text: string) {
  const message = { ...messageOf(""), content: [], stop_reason: null };
  const content_block = { type: "text", text: "" };
  const delta = { type: "text_delta", text };
  return [
    { type: "message_start", message },
    { type: "content_block_start", index: 0, content_block },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: 5 },
    },
    { type: "message_stop" },
  ];
}

function messageOf(text: string): object {
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-5-5",
    content: [{ type: "text", text }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 1 },
  };
}
