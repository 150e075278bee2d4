import { testFile } from "./checkout.ts";
import { lineReader } from "../process/programs.ts";
import type { SwitchResult } from "../../lib/mod.ts";

const FIXTURE = testFile("fixtures/switch_accounts.ts");

/** The task of each process. */
export interface SwitcherOptions {
  /** The folder of the accounts. */
  dir: string;
  /** How many times each switches to the next account. */
  times: number;
  /** The account that each saw as active. @default the current one */
  from?: number;
}

/**
 * Starts `count` processes that switch accounts, all at the same moment, and
 * returns the results.
 *
 * @throws {Error} If one fails, or prints nothing for a minute; the message
 *   contains its stderr.
 */
export async function runSwitchers(
  count: number,
  options: SwitcherOptions,
): Promise<SwitchResult[]> {
  const switchers = Array.from({ length: count }, () => start(options));
  try {
    for (const it of switchers) await it.ready();
    for (const it of switchers) await it.go();
    const results = await Promise.all(switchers.map((it) => it.results()));
    return results.flat();
  } finally {
    for (const it of switchers) await it.end();
  }
}

function start({ dir, times, from }: SwitcherOptions) {
  const numbers = [times, from].filter((it) => it !== undefined).map(String);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--cached-only", "-A", FIXTURE, dir, ...numbers],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  const lines = lineReader(child.stdout);
  return {
    ready: () => lines.next(),
    go: () => child.stdin.close(),
    async results() {
      const results: SwitchResult[] = [];
      for (let line = await lines.next(); line; line = await lines.next()) {
        results.push(JSON.parse(line));
      }
      const { success, signal } = await child.status;
      const told = await stderr;
      if (!success) throw new Error(`ended by ${signal ?? "itself"}: ${told}`);
      return results;
    },
    async end() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await child.status;
    },
  };
}
