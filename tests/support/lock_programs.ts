import { testFile } from "./checkout.ts";
import { lineReader } from "../process/programs.ts";
import type { Need } from "./needs.ts";
import { spawn } from "./deadline.ts";

/**
 * Programs that lock the file that is their last argument exclusively, print
 * "locked" and hold it until their stdin ends. If another process holds it,
 * they end immediately.
 */
export const LOCK_PROGRAMS = {
  "flock": [
    "sh",
    "-c",
    'exec flock --nonblock --close "$1" sh -c "echo locked; cat"',
    "sh",
  ],
  "python3": ["python3", testFile("fixtures/hold_lock.py")],
  "account-qwen": [
    Deno.execPath(),
    "run",
    "--cached-only",
    "-A",
    testFile("fixtures/hold_lock.ts"),
  ],
} as const;

/** The program that the system must have to run `name`. */
export function needsOf(name: keyof typeof LOCK_PROGRAMS): Need[] {
  return name === "account-qwen" ? [] : [name];
}

/** A program that has tried to lock a file. */
export interface LockProgram extends AsyncDisposable {
  /** Its process id. */
  pid: number;
  /** Whether it holds the lock. */
  locked: boolean;
  /** Kills it, so that it cannot release anything itself. */
  kill(): Promise<void>;
}

/** Starts a program and waits until it has the lock or has ended. */
export async function startLockProgram(
  name: keyof typeof LOCK_PROGRAMS,
  path: string,
): Promise<LockProgram> {
  const [program, ...args] = LOCK_PROGRAMS[name];
  const child = spawn(program, {
    args: [...args, path],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  });
  const lines = lineReader(child.stdout);
  const end = async () => {
    await child.stdin.close().catch(() => {}); // it may have ended before
    await child.status;
    await lines.cancel();
  };
  return {
    pid: child.pid,
    locked: await lines.next() === "locked",
    async kill() {
      child.kill("SIGKILL");
      await child.status;
    },
    [Symbol.asyncDispose]: end,
  };
}
