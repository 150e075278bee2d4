import { shellWord } from "../../accounts/fix_of.ts";
import { UnsafeFileError } from "../../errors.ts";
import type { Finding } from "../../doctor/examine.ts";
import { configPath } from "./setting_flags.ts";
import { loadSettings } from "./settings.ts";
import { UsageError } from "../line/usage_error.ts";

/**
 * Looks for a mistake in the environment and in `account-qwen.yaml`; returns
 * the program that they name too, where there is none.
 */
export async function examineSettings(
  dir: string,
): Promise<{ bin?: string; findings: Finding[] }> {
  try {
    const { settings } = await loadSettings({ dir });
    return { bin: settings.bin, findings: [] };
  } catch (error) {
    const isMistake = error instanceof UsageError ||
      error instanceof UnsafeFileError;
    if (!isMistake) throw error;
    const [, variable] = /^Cannot use ([A-Z_]+):/.exec(error.message) ?? [];
    const mend = variable === undefined
      ? `\${EDITOR:-vi} ${shellWord(configPath(dir))}`
      : `unset ${variable}`;
    const finding = { check: "settings", problem: error.message, mend };
    return { findings: [finding] };
  }
}
