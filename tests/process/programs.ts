/**
 * The programs of `tests/fixtures/` and helpers to watch them.
 *
 * @module
 */

import {
  type RunOptions,
  runProcess,
  type RunResult,
} from "../../lib/process/run.ts";
import { testFile } from "../support/checkout.ts";
import { within } from "../support/deadline.ts";
import type { Spool } from "../../lib/process/spool.ts";

/** The environment of a program: enough to find others. */
export const ENV = { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin" };

/** The path of a file in `tests/fixtures/`. */
export function fixture(name: string): string {
  return testFile(`fixtures/${name}`);
}

/** Runs a fixture with sh(1). */
export function runFixture(
  name: string,
  options: Partial<RunOptions> = {},
): Promise<RunResult> {
  const args = [fixture(name), ...options.args ?? []];
  return runProcess("sh", { env: ENV, ...options, args });
}

/** Runs a script of sh(1), its arguments in `$@`. */
export function runScript(
  script: string,
  options: Partial<RunOptions> = {},
): Promise<RunResult> {
  return runProcess("sh", {
    env: ENV,
    ...options,
    args: ["-c", script, "sh", ...options.args ?? []],
  });
}

/** All that was written to a spool, as text. */
export function textOf(spool: Spool): Promise<string> {
  return new Response(spool.stream()).text();
}

/** The process ids that a program printed, one a line. */
export async function idsIn(spool: Spool): Promise<number[]> {
  const ids = (await textOf(spool)).trim().split("\n").map(Number);
  // To end process 0 would end our own group.
  if (ids.some((it) => !(it > 0))) throw new Error(`No process ids: ${ids}`);
  return ids;
}

/** Whether a process is running; one that is not reaped is not. */
export function isRunning(pid: number): boolean {
  try {
    Deno.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/\) [ZX] /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return Deno.build.os !== "linux";
  }
}

/** Reads a stream line by line, each within a minute; at its end, empty lines. */
export function lineReader(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  return {
    async next(): Promise<string> {
      while (!rest.includes("\n")) {
        const what = `a line after ${JSON.stringify(rest)}`;
        const { done, value } = await within(reader.read(), { what });
        if (done) return rest;
        rest += value;
      }
      const end = rest.indexOf("\n");
      const line = rest.slice(0, end);
      rest = rest.slice(end + 1);
      return line;
    },
    cancel: () => reader.cancel(),
  };
}

/** A stream of these chunks, text or bytes, that counts how many were read. */
export function sourceOf(
  ...chunks: (string | Uint8Array)[]
): ReadableStream<Uint8Array> & { taken: number } {
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks[source.taken];
      if (chunk === undefined) return controller.close();
      source.taken++;
      controller.enqueue(
        typeof chunk === "string" ? encoder.encode(chunk) : chunk,
      );
    },
  }, { highWaterMark: 0 });
  const source = Object.assign(stream, { taken: 0 });
  return source;
}
