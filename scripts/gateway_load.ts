/**
 * Puts the gateway under load: many event streams at once, each compared byte
 * by byte, while single requests measure what the gateway adds to the time to
 * the first byte. The gateway, the upstream and the client are three processes.
 * The gateway uses the accounts of a folder, as `openKeyPool()` does.
 *
 * `--streams 1000 --seconds 60 --events 2` (events a second of each stream).
 * `--way binary` or `--way bundle` runs the gateway of an `exec` of that program
 * instead of one of this checkout. The exit code is 1 if a stream was broken.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { startGateway } from "../lib/gateway/gateway.ts";
import { openKeyPool } from "../lib/accounts/pool/key_pool.ts";
import { AccountManager } from "../lib/accounts/account_manager.ts";
import {
  accountFolder,
  writeKeySlot,
} from "../tests/support/account_folder.ts";
import {
  type Server,
  startGateway as startExec,
} from "./bench/exec_gateway.ts";
import { makePrograms } from "./bench/programs.ts";
import { measureFirstBytes, percentile } from "./first_byte.ts";
import { answer, readStream } from "./load_streams.ts";

/** How much load. */
export interface LoadOptions {
  /** Streams at the same time. */
  streams: number;
  /** How long each stream lasts. */
  seconds: number;
  /** Events a second of each stream. */
  events: number;
}

/** The result. */
export interface LoadResult {
  /** Streams that ended with every byte as it was sent. */
  whole: number;
  /** Why the others failed, one line each. */
  broken: string[];
  /** The memory of the gateway, every two seconds, bytes. */
  memory: number[];
  /** The times to the first byte before and under load, milliseconds. */
  firstBytes: { when: string; direct: number[]; gateway: number[] }[];
}

/** How many single requests measure the time to the first byte. */
const PROBES = 200;

/** Runs the upstream and the gateway, and streams through them. */
export async function runLoad(
  options: LoadOptions,
  { probes = PROBES, start = startHere }: {
    probes?: number;
    start?: (upstream: string) => Promise<Server>;
  } = {},
): Promise<LoadResult> {
  await using upstream = await startRole("upstream");
  await using gateway = await start(upstream.address);
  const { streams, seconds, events } = options;
  const direct = { url: upstream.address, key: "sk-load" };
  const result: LoadResult = {
    whole: 0,
    broken: [],
    memory: [],
    firstBytes: [],
  };

  const measure = async (when: string) => {
    if (probes === 0) return;
    const times = await measureFirstBytes(direct, gateway, probes);
    result.firstBytes.push({ when, ...times });
  };
  await measure("alone");
  const watch = setInterval(() => {
    const bytes = memoryOf(gateway.pid);
    if (bytes !== undefined) result.memory.push(bytes);
  }, 2_000);
  const all = Array.from({ length: streams }, async (_, id) => {
    // Not all at once, because no client of 1,000 does that.
    await new Promise((resolve) => setTimeout(resolve, id));
    const problem = await readStream(gateway, { id, seconds, events });
    if (problem === undefined) result.whole++;
    else result.broken.push(`stream ${id}: ${problem}`);
  });
  const loaded = new Promise((resolve) =>
    setTimeout(resolve, streams + seconds * 200)
  );
  await loaded.then(() => measure("under load"));
  await Promise.all(all);
  clearInterval(watch);
  return result;
}

/** Starts a gateway of this checkout. */
async function startHere(upstream: string): Promise<Server> {
  const { address: url, ...role } = await startRole("gateway", upstream);
  return { ...role, url, key: "token-of-the-load" };
}

/** Starts `exec` of a program that it builds first. */
async function startProgram(
  way: "binary" | "bundle",
  baseUrl: string,
): Promise<Server> {
  await using owned = new AsyncDisposableStack();
  const programs = owned.use(await makePrograms());
  const server = owned.use(await startExec(way, { programs, baseUrl }));
  const all = owned.move();
  const { url, key, pid } = server;
  return { url, key, pid, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** A part of the load in a process of its own. */
export interface Role extends AsyncDisposable {
  /** Where it listens. */
  address: string;
  /** Its process id. */
  pid: number;
}

/**
 * Starts this file in another process: as `upstream`, or as `gateway` to the
 * address of one.
 */
export async function startRole(
  role: string,
  ...args: string[]
): Promise<Role> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--cached-only",
      "-A",
      import.meta.filename ?? "",
      role,
      ...args,
    ],
    stdin: "piped", // closing it ends the child
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  return {
    address: new TextDecoder().decode(value).trim(),
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await reader.cancel();
      await child.status;
    },
  };
}

async function play(role: string, upstream = ""): Promise<void> {
  if (role === "upstream") {
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      answer,
    );
    console.log(`http://127.0.0.1:${server.addr.port}/v1`);
    return await untilStdinEnds();
  }
  await using folder = await accountFolder({ keys: [1] });
  await writeKeySlot(folder.path, 1, upstream);
  const pool = await openKeyPool(new AccountManager({ dir: folder.path }));
  await using owned = new AsyncDisposableStack();
  owned.defer(() => pool.end());
  const gateway = owned.use(
    await startGateway({
      token: "token-of-the-load",
      pool,
      onError: console.error,
    }),
  );
  console.log(gateway.url);
  await untilStdinEnds();
}

async function untilStdinEnds(): Promise<void> {
  for await (const _ of Deno.stdin.readable);
}

/** The private memory of a process, bytes; known on Linux only. */
function memoryOf(pid: number): number | undefined {
  try {
    const pages = Deno.readTextFileSync(`/proc/${pid}/statm`).split(" ")[1];
    return Number(pages) * 4_096;
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const [role] = Deno.args;
  if (role === "upstream" || role === "gateway") {
    await play(role, Deno.args[1]);
    Deno.exit(0);
  }
  const { streams, seconds, events, way } = parseArgs(Deno.args, {
    string: ["way"],
    default: { streams: 1_000, seconds: 60, events: 2, way: "checkout" },
  });
  if (way !== "checkout" && way !== "binary" && way !== "bundle") {
    throw new TypeError(`Cannot load "${way}": not a way to run the program`);
  }
  const start = way === "checkout"
    ? startHere
    : (upstream: string) => startProgram(way, upstream);
  const result = await runLoad({ streams, seconds, events }, { start });
  for (const line of result.broken.slice(0, 10)) console.log(line);
  console.log(`${result.whole} whole, ${result.broken.length} broken`);
  const megabytes = result.memory.map((it) => Math.round(it / 2 ** 20));
  console.log(`memory of the gateway, MiB: ${megabytes.join(" ")}`);
  for (const { when, direct, gateway } of result.firstBytes) {
    const line = [50, 99].map((p) => {
      const [d, g] = [percentile(direct, p), percentile(gateway, p)];
      return `p${p} ${d.toFixed(1)} -> ${g.toFixed(1)} (+${
        (g - d).toFixed(1)
      })`;
    });
    console.log(
      `first byte ${when}, ms, direct -> gateway: ${line.join(", ")}`,
    );
  }
  Deno.exit(result.broken.length > 0 ? 1 : 0);
}
