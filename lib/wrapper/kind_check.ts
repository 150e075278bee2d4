import { qwen } from "../providers/qwen.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import { isEnded } from "../rotation/ended.ts";
import type { Finding } from "../rotation/examine.ts";
import { readSettings } from "../store/cli_settings.ts";

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
