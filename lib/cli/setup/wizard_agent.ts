import { qwen } from "../../providers/qwen.ts";
import { readSettings } from "../../agents/qwen/agent_settings.ts";
import { checkProgram } from "../../doctor/program_check.ts";
import { examineSettings } from "../settings/settings_check.ts";

/** What there is to know of the installed `qwen` when accounts are set up. */
export interface Agent {
  /** Its version; `undefined` where none is installed, or it does not start. */
  version: string | undefined;
  /** Why logins are of no use with it; `undefined` where they are. */
  refusal: string | undefined;
}

/** The last version that runs logins; see the provider. */
const LAST_WITH_LOGINS = "0.15.5";

/** Looks at the `qwen` that the accounts in the folder `dir` are used with. */
export async function lookAtAgent(dir: string): Promise<Agent> {
  const { bin } = await examineSettings(dir);
  const found = await checkProgram(bin);
  const version = "version" in found ? found.version : undefined;
  const settings = await readSettings(`${dir}/settings.json`) ?? {};
  const refusal = qwen.refusesLogins(version, settings)
    ? `qwen ${version} refuses logins: their free tier ended on 2026-04-15, ` +
      `and they work only up to qwen ${LAST_WITH_LOGINS}`
    : undefined;
  return { version, refusal };
}
