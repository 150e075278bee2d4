import { DEFAULT_AGENT } from "../../agents/registry.ts";
import { readSettings } from "../../vault/agent_settings.ts";
import { checkProgram } from "../../doctor/program_check.ts";
import { examineSettings } from "../settings/settings.ts";

/** The installed `qwen`, as far as the setup needs it. */
export interface Agent {
  /** Its version; `undefined` if it is not installed or does not start. */
  version: string | undefined;
  /** Why logins do not work with it; `undefined` if they do. */
  refusal: string | undefined;
}

/** The last version that accepts logins; see the agent. */
const LAST_WITH_LOGINS = "0.15.5";

/** Examines the `qwen` that is used with the accounts in the folder `dir`. */
export async function lookAtAgent(dir: string): Promise<Agent> {
  const { bin } = await examineSettings(dir);
  const found = await checkProgram(bin);
  const version = "version" in found ? found.version : undefined;
  const settings = await readSettings(`${dir}/settings.json`) ?? {};
  const refusal = DEFAULT_AGENT.login.isRefusedBy(version, settings)
    ? `qwen ${version} refuses logins: their free tier ended on 2026-04-15, ` +
      `and they work only up to qwen ${LAST_WITH_LOGINS}`
    : undefined;
  return { version, refusal };
}
