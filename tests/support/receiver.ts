import { until } from "./until.ts";

/** How the receiver treats a request. */
export type Treatment =
  /** Answers with this status. */
  | number
  /** Answers with this status and header. */
  | { status: number; headers: Record<string, string> }
  /** Never answers. */
  | "hang";

/** A request that the receiver got. */
export interface Received {
  /** The method and the path, with the query. */
  line: string;
  /** The headers. */
  headers: Headers;
  /** The body. */
  body: string;
}

/** A server that gets the messages. */
export interface Receiver extends AsyncDisposable {
  /** Its address, without a slash at the end. */
  url: string;
  /** Every request, in order. */
  received: Received[];
  /** How it treats the next requests, in order. @default 204 for each */
  treatments: Treatment[];
  /** Returns the bodies as JSON, in order. */
  // deno-lint-ignore no-explicit-any
  messages(): any[];
  /** Waits until it got `count` requests. */
  gets(count: number): Promise<void>;
}

/** Starts a server on 127.0.0.1 that gets messages. */
export function startReceiver(
  treatments: readonly Treatment[] = [],
): Receiver {
  const received: Received[] = [];
  const left = [...treatments];
  const over = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, signal: over.signal },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      // A sender that was killed meanwhile has sent nothing.
      const body = await request.text().catch(() => undefined);
      if (body === undefined) return new Response(null, { status: 400 });
      received.push({
        line: `${request.method} ${pathname}${search}`,
        headers: request.headers,
        body,
      });
      const treatment = left.shift() ?? 204;
      if (typeof treatment === "number") {
        return new Response(null, { status: treatment });
      }
      if (treatment !== "hang") return new Response(null, treatment);
      return await new Promise<Response>((resolve) => {
        const end = () => resolve(new Response(null, { status: 500 }));
        over.signal.addEventListener("abort", end);
        request.signal.addEventListener("abort", end);
      });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    received,
    treatments: left,
    messages: () => received.map((it) => JSON.parse(it.body)),
    gets: (count) => until(`${count} requests`, () => received.length >= count),
    async [Symbol.asyncDispose]() {
      over.abort();
      await server.finished;
    },
  };
}
