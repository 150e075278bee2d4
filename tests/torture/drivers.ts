import { CHECKOUT } from "../support/checkout.ts";
import type { Arena } from "./arena.ts";
import type { Random } from "./random.ts";

/** A process that works in an arena until it is killed. */
export interface Driver {
  /** Draws its numbers. */
  seed: number;
  /** The process. */
  child: Deno.ChildProcess;
  /** Resolves when the process must be killed. */
  timer: ReturnType<typeof setTimeout>;
}

/** How a driver ended. */
export interface DriverEnd {
  /** The operations that it finished. */
  operations: string[];
  /** Whether it was killed, by itself or by another process. */
  killed: boolean;
  /** What it wrote to stderr. */
  errors: string;
}

/** When to kill a driver that may never reach the step of its own kill. */
const LONGEST_MS = 700;

/** Starts a driver that is killed `afterMs` after its start, or at a step. */
export function startDriver(
  arena: Arena,
  { seed, failAt, afterMs }: {
    seed: number;
    failAt: number | undefined;
    afterMs: number;
  },
): Driver {
  const program = `${CHECKOUT}/tests/torture/random_driver.ts`;
  const steps = failAt === undefined ? [] : [String(failAt)];
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--cached-only",
      "-A",
      program,
      arena.home,
      String(seed),
      ...steps,
    ],
    clearEnv: true,
    env: arena.env,
    cwd: CHECKOUT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const delayMs = failAt === undefined ? START_MS + afterMs : LONGEST_MS;
  const timer = setTimeout(() => kill(child), delayMs);
  return { seed, child, timer };
}

/** How long a driver needs before it begins its first operation. */
const START_MS = 40;

/** Waits for the end of a driver. */
export async function awaitEnd({ child, timer }: Driver): Promise<DriverEnd> {
  const [{ signal }, stdout, stderr] = await Promise.all([
    child.status,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  clearTimeout(timer);
  const [, ...operations] = stdout.split("\n").filter(Boolean);
  return { operations, killed: signal === "SIGKILL", errors: stderr };
}

/** Starts a `qwen` without account-qwen; it ends with the arena. */
export function startStranger(arena: Arena, random: Random): AsyncDisposable {
  const child = new Deno.Command(arena.bin, {
    args: [`--prompt=${random.between(1, 2 ** 31)}`],
    clearEnv: true,
    env: arena.env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return {
    async [Symbol.asyncDispose]() {
      kill(child);
      await child.status;
    },
  };
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // It has ended already.
    if (!(error instanceof TypeError)) throw error;
  }
}
