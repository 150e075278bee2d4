/**
 * Helpers for tests in which stand-ins for `qwen` wait at named pipes.
 *
 * @module
 */

import type { RunResult } from "../support/cli.ts";
import { GO_ON } from "../support/fake_qwen.ts";

/** Continues the program that waits at `pipe`. */
export async function goOn(pipe: Deno.FsFile): Promise<void> {
  await pipe.write(GO_ON);
  pipe.close();
}

/** Returns why rotation skips each account. */
export async function blocks(
  { cli }: { cli: (args: readonly string[]) => Promise<RunResult> },
): Promise<(string | null)[]> {
  const { stdout } = await cli(["list", "--json"]);
  const { accounts }: { accounts: { blocked: string | null }[] } = JSON.parse(
    stdout,
  );
  return accounts.map((it) => it.blocked);
}

/** Returns the names in `folder`; none if it does not exist. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map((it) => it.name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
