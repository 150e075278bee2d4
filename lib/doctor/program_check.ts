import { ProgramNotFoundError } from "../run_errors.ts";
import { runProcess } from "../process/run.ts";
import { qwen } from "../providers/qwen.ts";
import type { Finding } from "./examine.ts";
import { runtime } from "../system/mod.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import { isEnded } from "../vault/ended.ts";
import { readSettings } from "../agents/qwen/agent_settings.ts";

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

/**
 * Checks whether `version` of the agent accepts the existing logins. Skips
 * accounts whose login is already known to be ended.
 */
export async function examineKinds(
  accounts: Pick<AccountManager, "dir" | "listAccounts">,
  version: string | undefined,
): Promise<Finding[]> {
  const settings = await readSettings(`${accounts.dir}/settings.json`);
  if (!qwen.refusesLogins(version, settings ?? {})) return [];
  const all = await accounts.listAccounts();
  const logins = all.filter((it) =>
    it.kind === "oauth" && !isEnded(it.blocked)
  );
  if (logins.length === 0) return [];
  const whose = logins.map((it) => it.index).join(", ");
  return [{
    check: "qwen",
    problem: `qwen ${version} refuses logins in scripts, so these accounts ` +
      `cannot be used: ${whose}`,
    mend: qwen.installForLogins,
  }];
}
