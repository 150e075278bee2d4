import { bunFor } from "../bun_package.ts";
import { percentile } from "../first_byte.ts";
import { npmInstall } from "../npm_install.ts";
import { targetHere } from "../targets.ts";
import { type Server, startGateway } from "./exec_gateway.ts";
import { measurePairs, type Pairs } from "./paired.ts";
import { END } from "./pass_through.ts";
import type { Limits, Row, RowContext } from "./row.ts";

type Way = Parameters<typeof startGateway>[0];

/** The requests under way at a time, and those of a round. */
const AT_ONCE = 10;
const REQUESTS = 300;

/** What is measured of a server while it answers. */
interface Cost {
  /** The time of the processor for each request, milliseconds. */
  cpu: number;
  /** The times to the first byte, milliseconds. */
  p50: number;
  p99: number;
}

const WHAT: Readonly<Record<keyof Cost, string>> = {
  cpu: "processor time of a request",
  p50: "first byte, p50",
  p99: "first byte, p99",
};

const LIMITS: Readonly<Record<keyof Cost, Limits>> = {
  cpu: { ratio: 2 },
  p50: { more: 0.5 },
  p99: { ratio: 2 },
};

/** Another gateway from npm, which runs on Bun; only this row uses it. */
const PEER = "@portkey-ai/gateway";
const PEER_VERSION = "1.15.2";

/** A server that the gateway is compared with. */
interface Baseline {
  /** Its name on the command line, and in the table. */
  name: string;
  what: string;
  /** What the gateway must not exceed. */
  limits: Readonly<Record<keyof Cost, Limits>>;
  /** Starts it before the service at `baseUrl`. */
  start(way: Way, baseUrl: string): Promise<Target>;
}

interface Target extends Server {
  /** Headers that each request needs besides the key. */
  headers?: Record<string, string>;
}

const BARE: Baseline = {
  name: "pass-through",
  what: "a bare pass-through on the same runtime",
  limits: LIMITS,
  async start(way, baseUrl) {
    const runtime = way === "binary" ? await bun() : DENO;
    return await startServer([...runtime, PASS_THROUGH, "bare", baseUrl]);
  },
};

const OTHER: Baseline = {
  name: "peer",
  what: `\`${PEER}\` ${PEER_VERSION} on Bun`,
  limits: { cpu: { ratio: 1 }, p50: { ratio: 1 }, p99: { ratio: 1 } },
  start: async (_, baseUrl) => await startPeer(baseUrl),
};

/** The cost of the gateway, compared with the least that a server can do. */
export const PASS_THROUGH_ROWS: readonly Row[] = [
  ...rowsOf(BARE, "checkout"),
  ...rowsOf(BARE, "bundle"),
  ...rowsOf(BARE, "binary"),
  ...rowsOf(OTHER, "binary"),
];

function rowsOf(baseline: Baseline, way: Way): Row[] {
  let measured: Promise<Record<keyof Cost, Pairs>> | undefined;
  return (["cpu", "p50", "p99"] as const).map((cost) => ({
    name: `${baseline.name} ${way} ${cost}`,
    what: `gateway of \`exec\` (${way}), ${AT_ONCE} at a time, ${WHAT[cost]}`,
    baseline: baseline.what,
    limits: baseline.limits[cost],
    isLong: baseline === OTHER,
    async measure(context) {
      // One load serves all three rows.
      measured ??= measureCosts(baseline, way, context);
      return (await measured)[cost];
    },
  }));
}

async function measureCosts(
  { start }: Baseline,
  way: Way,
  { programs, rounds }: RowContext,
): Promise<Record<keyof Cost, Pairs>> {
  const upstream = await startServer([
    ...await bun(),
    PASS_THROUGH,
    "upstream",
  ]);
  await using owned = new AsyncDisposableStack();
  owned.use(upstream);
  const baseUrl = upstream.url;
  const base = owned.use(await start(way, baseUrl));
  const ours = owned.use(await startGateway(way, { programs, baseUrl }));
  const costs = { ours: [] as Cost[], baseline: [] as Cost[] };
  await measurePairs(Math.min(rounds, 10), {
    ours: async () => costs.ours.push(await measureCost(ours)),
    baseline: async () => costs.baseline.push(await measureCost(base)),
  });
  const pairsOf = (cost: keyof Cost): Pairs => ({
    ours: costs.ours.slice(1).map((it) => it[cost]),
    baseline: costs.baseline.slice(1).map((it) => it[cost]),
  });
  return { cpu: pairsOf("cpu"), p50: pairsOf("p50"), p99: pairsOf("p99") };
}

async function measureCost(server: Target): Promise<Cost> {
  const before = cpuOf(server.pid);
  const times: number[] = [];
  let left = REQUESTS;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) times.push(await timeToFirstByte(server));
  }));
  return {
    cpu: (cpuOf(server.pid) - before) / REQUESTS,
    p50: percentile(times, 50),
    p99: percentile(times, 99),
  };
}

const BODY = JSON.stringify({
  model: "m",
  stream: true,
  messages: [{ role: "user", content: "Say it again. ".repeat(60) }],
});

/** @throws {Error} If the answer is not whole. */
async function timeToFirstByte({ url, key, headers }: Target): Promise<number> {
  const start = performance.now();
  const response = await fetch(`${url}/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      ...headers,
    },
    body: BODY,
  });
  let time = NaN;
  let last = new Uint8Array();
  for await (const chunk of response.body ?? []) {
    if (Number.isNaN(time)) time = performance.now() - start;
    last = chunk;
  }
  const isWhole = new TextDecoder().decode(last).endsWith(END);
  if (isWhole) return time;
  throw new Error(`Cannot measure: an answer was cut off (${response.status})`);
}

/** What all threads of a process have used, milliseconds; known on Linux. */
function cpuOf(pid: number): number {
  let nanoseconds = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const text = Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`);
    nanoseconds += Number(text.split(" ")[0]);
  }
  return nanoseconds / 1e6;
}

const PASS_THROUGH = new URL("pass_through.ts", import.meta.url).pathname;
const DENO = [Deno.execPath(), "run", "--cached-only", "-A", "--no-config"];

async function bun(): Promise<string[]> {
  return [await bunFor(targetHere())];
}

async function startPeer(baseUrl: string): Promise<Target> {
  const name = PEER.replaceAll(/[@/]+/g, "-").slice(1);
  const folder = await npmInstall(
    `${name}-${PEER_VERSION}`,
    `${PEER}@${PEER_VERSION}`,
  );
  const script = `${folder}/node_modules/${PEER}/build/start-server.js`;
  const port = freePort();
  const options = [`--port=${port}`, "--headless"];
  const server = await startServer([...await bun(), script, ...options]);
  const headers = {
    "x-portkey-provider": "openai",
    "x-portkey-custom-host": baseUrl,
  };
  return { ...server, url: `http://127.0.0.1:${port}/v1`, headers };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Starts a program, which prints its address when it is ready. */
async function startServer(
  [program = "", ...args]: readonly string[],
): Promise<Server> {
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  return {
    url: new TextDecoder().decode(value).trim(),
    key: "sk-load",
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await reader.cancel();
      await child.status;
    },
  };
}
