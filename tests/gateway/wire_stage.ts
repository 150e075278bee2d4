import { createGateway, type Gateway } from "../../lib/gateway/gateway.ts";
import type { CreateGatewayOptions } from "../../lib/gateway/gateway_options.ts";
import { NOW } from "../support/account_folder.ts";
import { eventStream } from "../support/replies.ts";
import { startUpstream, type TestUpstream } from "../support/upstream.ts";
import { poolOf, type TestPool } from "./accounts.ts";
import { type GatewayClock, gatewayClock } from "./gateway_clock.ts";
import type { ErrorName, WireCase } from "./wires/case.ts";

/** The key of the run. */
export const TOKEN = "token-of-the-run";

/** Keys that are long enough to be redacted in answers, too. */
export const KEYS = ["sk-first-key-1234567890", "sk-second-key-1234567890"];

/** A gateway for two services. */
export interface Stage extends AsyncDisposable {
  gateway: Gateway;
  pool: TestPool;
  system: GatewayClock;
}

/** Creates a gateway for `services`, the accounts 1 and 2. */
export function stageFor(
  { name }: WireCase,
  services: readonly TestUpstream[],
  options: Partial<CreateGatewayOptions> = {},
): Stage {
  const readiness = services.map((_, at) => ({
    index: at + 1,
    obstacle: "out of quota" as const,
    readyAt: NOW + (2 - at) * 3_600_000,
  }));
  const accounts = poolOf(services.map((it) => it.url), { readiness });
  const pool: TestPool = {
    ...accounts,
    async take() {
      const turn = await accounts.take();
      const { account } = turn.upstream;
      const secret = KEYS[account - 1] ?? "";
      return { ...turn, upstream: { ...turn.upstream, secret } };
    },
  };
  const system = gatewayClock(NOW);
  const gateway = createGateway({
    pool,
    system,
    wire: name,
    token: TOKEN,
    backoffMs: [],
    ...options,
  });
  return {
    gateway,
    pool,
    system,
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

/** Creates a request that the gateway admits. */
export function requestFor(
  it: WireCase,
  { path = it.path, headers = it.keyHeaders[0]?.(TOKEN) ?? {} }: {
    path?: string;
    headers?: Record<string, string>;
  } = {},
): Request {
  return new Request(`http://localhost/v1${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "coder", ...it.request }),
  });
}

/** Returns the whole stream of the answer `id`. */
export function answerOf(it: WireCase, id: string): string {
  return it.opening(id) + it.content(id) + it.ending(id);
}

/** Starts a service that gives the answer `id`. */
export function answers(it: WireCase, id: string): TestUpstream {
  return startUpstream(() => eventStream([answerOf(it, id)]));
}

/** Starts a service that replies with an error. */
export function fails({ errors }: WireCase, name: ErrorName): TestUpstream {
  const { body, status } = errors[name];
  return startUpstream(() => Response.json(body, { status }));
}

/** Returns a reply with the JSON document `text`. */
export function jsonReply(text: string): Response {
  return new Response(text, {
    headers: { "content-type": "application/json" },
  });
}

/** Ends each hold of a reply at once until `work` is done. */
export async function passingHold<T>(
  { system }: Stage,
  work: Promise<T>,
): Promise<T> {
  let isDone = false;
  const done = () => void (isDone = true);
  work.then(done, done);
  while (!isDone) {
    system.passLimit(10_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return await work;
}
