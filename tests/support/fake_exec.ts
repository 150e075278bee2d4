import { runCli, type RunCliOptions, type RunResult } from "./cli.ts";
import { FAKE_QWEN, type FakeHome } from "./fake_qwen.ts";

/** Runs `account-qwen exec` with {@linkcode FAKE_QWEN} and `args`. */
export async function exec(
  home: FakeHome,
  args: readonly string[],
  options: Partial<RunCliOptions> = {},
): Promise<RunResult> {
  const all = ["exec", "--bin", FAKE_QWEN, ...args];
  return await runCli(all, { home: home.path, ...options });
}
