import { qwen } from "../providers/qwen.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import { isEnded } from "../rotation/ended.ts";
import type { Finding } from "../rotation/examine.ts";
import { readSettings } from "../store/agent_settings.ts";

/**
 * Looks whether the CLI of `version` runs the logins that are there. Accounts
 * that a run has found to be ended are not named again.
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
