import { chosenAgent } from "../../agents/registry.ts";
import { invocation } from "../../program.ts";
import { configPath } from "../../settings.ts";
import { settingKey } from "../../setting_lookup.ts";
import { withEntry } from "../settings/config_entry.ts";
import { changeConfigText } from "../settings/config_file.ts";
import { loadSettings } from "../settings/settings.ts";
import type { WizardContext } from "./wizard_steps.ts";

const SETTING = "rotate-logins";

/**
 * Asks once whether rotation may switch between plan logins, when there are
 * several: shows what the terms say and where, and saves the answer. Asks
 * nothing if the user has set it, or if the agent has no such logins.
 */
export async function askAboutRotation(
  { dialog, accounts }: Pick<WizardContext, "dialog" | "accounts">,
): Promise<void> {
  const { homes, program } = chosenAgent();
  if (!homes.login) return;
  const all = await accounts.listAccounts();
  const logins = all.filter((it) => it.kind !== "api-key");
  if (logins.length < 2) return;
  const { dir } = accounts;
  const { origins } = await loadSettings({ dir });
  if (origins[SETTING].from !== "default") return;

  const { says, sources } = homes.login.terms;
  await dialog.tell("");
  await dialog.tell(
    `You have ${logins.length} plan logins of ${program}. When one is at its ` +
      "limit, exec stops and says how to switch to another one. It can also " +
      "switch automatically. The terms decide whether you may do that:",
  );
  for (const it of says) await dialog.tell(it, { first: "- ", hang: "  " });
  for (const it of sources) await dialog.tell(it, { first: "  ", hang: "  " });
  await dialog.tell(
    "This is not legal advice, and we may have missed something.",
  );
  const value = await dialog.confirm(
    "Switch between your plan logins automatically?",
    { preset: false },
  );
  const key = settingKey(SETTING);
  const path = configPath(dir);
  await changeConfigText(dir, (text) => withEntry(text, { path, key, value }));
  await dialog.tell(
    `Saved. To change it: ${invocation()} config set ${key} ${!value}`,
  );
}
