import type { EndOfLogins } from "../../agents/formats.ts";
import { chosenAgent } from "../../agents/registry.ts";
import { readSettings } from "../../vault/agent_settings.ts";
import { checkProgram } from "../../doctor/program_check.ts";
import { examineSettings } from "../settings/settings.ts";

/** The installed agent, as far as the setup needs it. */
export interface InstalledAgent {
  /** Its version; `undefined` if it is not installed or does not start. */
  version: string | undefined;
  /** Why logins do not work with it; `undefined` if they do. */
  refusal: string | undefined;
}

/** Examines the agent that is used with the accounts in the folder `dir`. */
export async function lookAtAgent(dir: string): Promise<InstalledAgent> {
  const { bin } = await examineSettings(dir);
  const found = await checkProgram(bin);
  const version = "version" in found ? found.version : undefined;
  const settings = await readSettings(`${dir}/settings.json`) ?? {};
  const { program, login } = chosenAgent();
  const refusal = login?.isRefusedBy(version, settings)
    ? `${program} ${version} refuses logins${whyRefused(program, login.end)}`
    : undefined;
  return { version, refusal };
}

function whyRefused(program: string, end: EndOfLogins | undefined): string {
  if (!end) return "";
  const { reason, lastVersion } = end;
  return `: ${reason}, and they work only up to ${program} ${lastVersion}`;
}
