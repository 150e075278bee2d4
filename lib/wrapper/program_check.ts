import { ProgramNotFoundError } from "../run_errors.ts";
import { runProcess } from "../process/run.ts";
import { qwen } from "../providers/qwen.ts";
import type { Finding } from "../rotation/examine.ts";
import { runtime } from "../runtime/mod.ts";

/** `qwen --version` takes 0.03 s (0.24.4) to 0.7 s (0.12.0). */
const TIMEOUT_MS = 20_000;

/** Asks the agent for its version, or finds out why it cannot be run. */
export async function checkProgram(
  bin: string = qwen.program,
): Promise<{ version: string } | { finding: Finding }> {
  const check = "qwen";
  const mend = qwen.installHint;
  try {
    using run = await runProcess(bin, {
      args: ["--version"],
      env: runtime.host.environment(),
      timeoutMs: TIMEOUT_MS,
    });
    const text = new TextDecoder().decode(await run.stdout.head(4096));
    const version = /\d+\.\d+\.\d+[\w.+-]*/.exec(text)?.[0];
    if (run.exitCode === 0 && version) return { version };
    const problem = run.exitCode === 0
      ? `${bin} --version prints no version`
      : `${bin} --version ends with code ${run.exitCode}`;
    return { finding: { check, problem, mend } };
  } catch (error) {
    if (!(error instanceof ProgramNotFoundError)) throw error;
    return { finding: { check, problem: `${bin} is not found`, mend } };
  }
}
