import { assertEquals } from "@std/assert";
import { testFile } from "../support/checkout.ts";
import { runCli, type RunResult } from "../support/cli.ts";

const DENO = [Deno.execPath(), "run", "--cached-only", "-A"];
/** Starts account-qwen with the agents `nest` and `tiny` besides the others. */
export const COMMAND: readonly string[] = [
  ...DENO,
  testFile("fixtures/more_agents.ts"),
];

/** Runs account-qwen with the agents `nest` and `tiny` besides the others. */
export async function call(
  args: readonly string[],
  { home, ...options }: {
    home: string;
    env?: Record<string, string>;
    stdin?: string;
  },
): Promise<RunResult> {
  return await runCli(args, { home, command: COMMAND, ...options });
}

/** Adds a key of `agent` as an account. */
export async function addKey(
  agent: string,
  home: string,
  more: readonly string[] = [],
): Promise<void> {
  const { code, stderr } = await call(
    [
      ...["--cli", agent, "add", "--api-key-stdin", ...more],
      ...["--base-url", "https://api.example/v1", "--model", "coder"],
    ],
    { home, stdin: `sk-0123456789-${agent}` },
  );
  assertEquals(code, 0, stderr);
}
