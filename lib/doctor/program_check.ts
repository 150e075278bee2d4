import { hasCode } from "../errors.ts";
import { askVersion } from "../process/run.ts";
import { chosenAgent } from "../agents/registry.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import { isEnded } from "../vault/block.ts";
import { readSettings } from "../vault/agent_settings.ts";
import type { Finding } from "./finding.ts";

/** Much longer than needed: the agent may take 0.7 s. */
const TIMEOUT_MS = 20_000;

/** Returns the version of the agent, or why it cannot be run. */
export async function checkProgram(
  bin: string = chosenAgent().program,
): Promise<{ version: string } | { finding: Finding }> {
  const { program: check, product, homes } = chosenAgent();
  const mend = product.install.latest;
  try {
    const { exitCode, version } = await askVersion(bin, {
      timeoutMs: TIMEOUT_MS,
      variables: homes.withoutHome,
    });
    if (exitCode === 0 && version) return { version };
    const problem = exitCode === 0
      ? `${bin} --version prints no version`
      : `${bin} --version ends with code ${exitCode}`;
    return { finding: { check, problem, mend } };
  } catch (error) {
    if (!hasCode(error, "program-not-found")) throw error;
    return { finding: { check, problem: `${bin} is not found`, mend } };
  }
}

/** Whether `version` of the agent refuses logins with its settings in `dir`. */
export async function refusesLogins(
  version: string | undefined,
  dir: string,
): Promise<boolean> {
  const { login } = chosenAgent();
  if (!login) return false;
  const settings = await readSettings(`${dir}/settings.json`);
  return login.isRefusedBy(version, settings ?? {});
}

/**
 * Checks whether `version` of the agent accepts the existing logins. Skips
 * accounts whose login is already known to be ended.
 */
export async function examineKinds(
  accounts: Pick<AccountManager, "dir" | "listAccounts">,
  version: string | undefined,
): Promise<Finding[]> {
  const { program, product } = chosenAgent();
  if (!await refusesLogins(version, accounts.dir)) return [];
  const all = await accounts.listAccounts();
  const logins = all.filter((it) =>
    it.kind === "oauth" && !isEnded(it.blocked)
  );
  if (logins.length === 0) return [];
  const whose = logins.map((it) => it.index).join(", ");
  return [{
    check: program,
    problem:
      `${program} ${version} refuses logins in scripts, so these accounts ` +
      `cannot be used: ${whose}`,
    mend: product.install.forLogins,
  }];
}
