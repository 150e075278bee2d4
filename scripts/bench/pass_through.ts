/**
 * A service and a bare proxy to it, as the baseline for the gateway: the least
 * that a server on this runtime can do. Runs on Deno and on Bun, prints its
 * address, and serves until it is killed.
 *
 * `upstream`, or `bare URL`.
 *
 * @module
 */

import process from "node:process";

type Handler = (request: Request) => Promise<Response>;

/** What is used of Bun. */
interface BunScope {
  Bun?: {
    serve(options: {
      hostname: string;
      port: number;
      idleTimeout: number;
      fetch: Handler;
    }): { port: number };
  };
}

/** The events of an answer, and the pause before each, milliseconds. */
const EVENTS = 20;
const PAUSE_MS = 1;

const encoder = new TextEncoder();
const events = Array.from({ length: EVENTS }, (_, number) => {
  const delta = { content: `word ${number} ` };
  const data = JSON.stringify({ id: "1", choices: [{ index: 0, delta }] });
  return encoder.encode(`data: ${data}\n\n`);
});

/** The last event of an answer. */
export const END = "data: [DONE]\n\n";

async function answer(request: Request): Promise<Response> {
  await request.bytes();
  const left = [...events, encoder.encode(END)];
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const next = left.shift();
      if (!next) return controller.close();
      if (left.length < EVENTS) {
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
      controller.enqueue(next);
    },
  }, { highWaterMark: 0 });
  return new Response(body, {
    headers: { "content-type": "text/event-stream" },
  });
}

function passThrough(url: string): Handler {
  return async (request) => {
    const { body, status, headers } = await fetch(`${url}/chat/completions`, {
      method: "POST",
      body: await request.bytes(),
      headers: {
        authorization: "Bearer sk-load",
        "content-type": "application/json",
      },
    });
    return new Response(body, { status, headers });
  };
}

function serve(handler: Handler): number {
  const { Bun } = globalThis as unknown as BunScope;
  const where = { hostname: "127.0.0.1", port: 0 };
  if (Bun) return Bun.serve({ ...where, idleTimeout: 0, fetch: handler }).port;
  return Deno.serve({ ...where, onListen() {} }, handler).addr.port;
}

if (import.meta.main) {
  const [role, url = ""] = process.argv.slice(2);
  const port = serve(role === "upstream" ? answer : passThrough(url));
  console.log(`http://127.0.0.1:${port}/v1`);
}
