import { hasCode } from "../errors.ts";
import { runProcess } from "../process/run.ts";
import { DEFAULT_AGENT } from "../agents/registry.ts";
import type { Finding } from "./examine.ts";
import { runtime } from "../system/mod.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import { isEnded } from "../vault/ended.ts";
import { readSettings } from "../vault/agent_settings.ts";

/** The agent may take 0.7 s. */
const TIMEOUT_MS = 20_000;

/** Asks the agent for its version, or finds out why it cannot be run. */
export async function checkProgram(
  bin: string = DEFAULT_AGENT.program,
): Promise<{ version: string } | { finding: Finding }> {
  const check = DEFAULT_AGENT.program;
  const mend = DEFAULT_AGENT.install.latest;
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
    if (!hasCode(error, "program-not-found")) throw error;
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
  if (!DEFAULT_AGENT.login.isRefusedBy(version, settings ?? {})) return [];
  const all = await accounts.listAccounts();
  const logins = all.filter((it) =>
    it.kind === "oauth" && !isEnded(it.blocked)
  );
  if (logins.length === 0) return [];
  const whose = logins.map((it) => it.index).join(", ");
  return [{
    check: DEFAULT_AGENT.program,
    problem:
      `${DEFAULT_AGENT.program} ${version} refuses logins in scripts, so these accounts ` +
      `cannot be used: ${whose}`,
    mend: DEFAULT_AGENT.install.forLogins,
  }];
}
