import {
  answerResponse,
  type ChatRequest,
  promptOf,
  type ToolCall,
  toolCallResponse,
} from "./chat_wire.ts";
import { within } from "./deadline.ts";
import { oauthResponse, type OAuthTable } from "./oauth_wire.ts";

/** The reply to one chat request. */
export type Reply =
  | { answer: string; headers?: Record<string, string> }
  | { toolCall: ToolCall; headers?: Record<string, string> }
  | { status: number; body: unknown; headers?: Record<string, string> }
  | { hang: true }
  | { events: () => AsyncIterable<string> };

/** A chat request as the service saw it. */
export interface SeenRequest {
  /** The bearer token. */
  token: string;
  /** The path of the URL. */
  path: string;
  /** The requested model. */
  model: string | undefined;
  /** The time of its arrival, epoch milliseconds. */
  at: number;
  /** The text of the last message that the user wrote. */
  prompt: string;
}

/** How a service answers. */
export interface ServiceOptions {
  /** The reply for each bearer token; another token is refused with 401. */
  replies: Record<string, Reply | ((request: SeenRequest) => Reply)>;
  /** The grants of the OAuth endpoints. @default nothing */
  oauth?: OAuthTable;
}

/** A running service; use it with `await using`. */
export interface Service extends AsyncDisposable {
  /** The origin, such as `http://127.0.0.1:40123`. */
  origin: string;
  /** The API base that a credential's `resource_url` names. */
  baseUrl: string;
  /** The chat requests so far, oldest first. */
  requests: SeenRequest[];
  /** The paths of the OAuth requests so far, oldest first. */
  oauthRequests: string[];
  /**
   * Resolves when the first chat request has arrived. Rejects after a minute,
   * or if `running` ends before.
   */
  asked(running: Promise<unknown>): Promise<void>;
}

/**
 * The reply of the Qwen API to an account whose free quota is used up. `qwen`
 * sends four requests, in 3 s.
 */
export const QUOTA_EXCEEDED = {
  status: 429,
  body: {
    error: {
      message: "Free allocated quota exceeded.",
      type: "insufficient_quota",
      param: null,
      code: "insufficient_quota",
    },
  },
} satisfies Reply;

/** The same with a header that makes `qwen` send its four requests at once. */
export const QUOTA_EXCEEDED_FAST: Reply = {
  ...QUOTA_EXCEEDED,
  headers: { "retry-after-ms": "1" },
};

const UNKNOWN_TOKEN: Reply = {
  status: 401,
  body: {
    error: {
      message: "Incorrect API key provided.",
      type: "invalid_request_error",
      param: null,
      code: "invalid_api_key",
    },
  },
};

/**
 * Starts an OpenAI-compatible API on a free loopback port, together with the
 * OAuth endpoints of the Qwen service. It writes no files.
 */
export function startService(options: ServiceOptions): Service {
  const requests: SeenRequest[] = [];
  const oauthRequests: string[] = [];
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const closing = Promise.withResolvers<Response>();

  async function chat(request: Request, path: string): Promise<Response> {
    const header = request.headers.get("authorization") ?? "";
    const token = header.replace(/^Bearer /i, "");
    const body: ChatRequest = await request.json();
    const { model } = body;
    const prompt = promptOf(body);
    const seen = { token, path, model, at: Date.now(), prompt };
    requests.push(seen);
    resolve();
    const entry = options.replies[token] ?? UNKNOWN_TOKEN;
    const reply = typeof entry === "function" ? entry(seen) : entry;
    if ("hang" in reply) return await closing.promise;
    if ("events" in reply) return eventsResponse(reply.events());
    if ("answer" in reply) {
      return withHeaders(answerResponse(reply.answer, body), reply.headers);
    }
    if ("toolCall" in reply) {
      return withHeaders(toolCallResponse(reply.toolCall, body), reply.headers);
    }
    return errorResponse(reply);
  }

  async function handle(request: Request): Promise<Response> {
    const { origin, pathname } = new URL(request.url);
    if (pathname.endsWith("/chat/completions")) return chat(request, pathname);
    if (pathname.startsWith("/api/v1/oauth2/")) {
      oauthRequests.push(pathname);
      return await oauthResponse(request, {
        path: pathname,
        baseUrl: `${origin}/v1`,
        table: options.oauth,
      });
    }
    if (pathname.endsWith("/models")) {
      return Response.json({ object: "list", data: [{ id: "coder-model" }] });
    }
    return new Response(null, { status: 404 });
  }

  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    handle,
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  return {
    origin,
    baseUrl: `${origin}/v1`,
    requests,
    oauthRequests,
    asked: (running) => within(asked, { what: "a chat request", running }),
    async [Symbol.asyncDispose]() {
      closing.resolve(new Response(null, { status: 503 }));
      await server.shutdown();
    },
  };
}

function withHeaders(
  response: Response,
  headers: Record<string, string> = {},
): Response {
  for (const it of Object.entries(headers)) response.headers.set(...it);
  return response;
}

/** Streams these texts; breaks if they throw. */
function eventsResponse(texts: AsyncIterable<string>): Response {
  const body = ReadableStream.from(texts).pipeThrough(new TextEncoderStream());
  return new Response(body, {
    headers: { "content-type": "text/event-stream" },
  });
}

function errorResponse(reply: Extract<Reply, { status: number }>): Response {
  const isText = typeof reply.body === "string";
  const headers = new Headers(reply.headers);
  if (!headers.has("content-type")) {
    headers.set("content-type", isText ? "text/plain" : "application/json");
  }
  const body = isText ? String(reply.body) : JSON.stringify(reply.body);
  return new Response(body, { status: reply.status, headers });
}
