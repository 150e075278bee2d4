import { lineReader } from "../process/programs.ts";
import { accountFolder, apiKey, writeKeySlot } from "./account_folder.ts";
import { testFile } from "./checkout.ts";
import { coveredDenoEnv } from "./deno_env.ts";

/** A process that asks through a gateway of its own. */
export interface AskingProcess extends AsyncDisposable {
  /** Sends so many requests at once. */
  send(requests: number): Promise<void>;
  /** Returns the statuses of the requests that were sent, as text. */
  statuses(): Promise<string>;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
}

/** Accounts with keys at one service, and processes that use them. */
export interface TrafficScene extends AsyncDisposable {
  /** The folder of the accounts. */
  dir: string;
  /** How many requests each account got. */
  asked(index: number): number;
  /** The most requests that were under way with an account at a time. */
  most(index: number): number;
  /** Starts a process. */
  start(
    options?: { maxInFlight?: number; queueTimeoutMs?: number },
  ): Promise<AskingProcess>;
  /** What the file says of the traffic. */
  traffic(): Promise<{
    /** The requests under way with each account. */
    underWay: Record<string, number>;
    /** The requests that wait. */
    waiting: number;
  }>;
}

/** Creates the accounts 1, 2 ...; each answers as `answers` say. */
export async function trafficScene(
  answers: readonly (() => Response | Promise<Response>)[],
): Promise<TrafficScene> {
  await using owned = new AsyncDisposableStack();
  const keys = answers.map((_, at) => at + 1);
  const folder = owned.use(await accountFolder({ keys }));
  const asked = new Map<number, number>();
  const now = new Map<number, number>();
  const most = new Map<number, number>();
  const count = (counts: Map<number, number>, index: number, change: number) =>
    counts.set(index, (counts.get(index) ?? 0) + change);
  const end = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, signal: end.signal },
    async (request) => {
      const key = request.headers.get("authorization")?.slice("Bearer ".length);
      const index = keys.find((it) => apiKey(it) === key) ?? 0;
      await request.text();
      count(asked, index, 1);
      count(now, index, 1);
      most.set(index, Math.max(most.get(index) ?? 0, now.get(index) ?? 0));
      const left = Promise.withResolvers<Response>();
      request.signal.addEventListener(
        "abort",
        () => left.resolve(new Response(null, { status: 499 })),
      );
      try {
        const answer = answers[index - 1]?.() ?? new Response();
        return await Promise.race([answer, left.promise]);
      } finally {
        count(now, index, -1);
      }
    },
  );
  owned.defer(async () => {
    end.abort();
    await server.finished;
  });
  const baseUrl = `http://127.0.0.1:${server.addr.port}/v1`;
  for (const it of keys) {
    await Deno.remove(`${folder.layout.accounts}/api_key_${it}.env`);
    await writeKeySlot(folder.path, it, baseUrl);
  }
  const all = owned.move();
  return {
    dir: folder.path,
    asked: (index) => asked.get(index) ?? 0,
    most: (index) => most.get(index) ?? 0,
    start: ({ maxInFlight = 0, queueTimeoutMs = 100_000 } = {}) =>
      start([folder.path, `${maxInFlight}`, `${queueTimeoutMs}`]),
    async traffic() {
      const { accounts, queue } = JSON.parse(
        await Deno.readTextFile(`${folder.path}/traffic.json`),
      );
      const entries = Object.entries<{ uses: { count: number }[] }>(accounts);
      return {
        underWay: Object.fromEntries(entries.map(([index, { uses }]) => [
          index,
          uses.reduce((sum, it) => sum + it.count, 0),
        ])),
        waiting: queue.length,
      };
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Longer than any test. */
const LONGEST_LIFE_MS = 300_000;

async function start(args: readonly string[]): Promise<AskingProcess> {
  const path = testFile("fixtures/ask_with_pool.ts");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--cached-only", "-A", path, ...args],
    env: await coveredDenoEnv(),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), LONGEST_LIFE_MS);
  child.status.finally(() => clearTimeout(timer));
  const lines = lineReader(child.stdout);
  const input = child.stdin.getWriter();
  await lines.next();
  return {
    async send(requests) {
      await input.write(new TextEncoder().encode(`${requests}\n`));
    },
    statuses: () => lines.next(),
    async kill() {
      child.kill("SIGKILL");
      await child.status;
    },
    async [Symbol.asyncDispose]() {
      await input.close().catch(() => {}); // it may have been killed
      await lines.cancel();
      await child.status;
    },
  };
}
