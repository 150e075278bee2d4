import type { Agent } from "../agents/agent.ts";
import { preloadOption } from "../agents/preload_option.ts";
import { RUN_VARIABLE } from "../process/run_variables.ts";
import { errorCode } from "../system/mod.ts";
import { saveModule } from "../vault/agent_settings.ts";
import type { Layout } from "../disk/layout.ts";
import { TOKEN_DIGITS } from "../vault/logins/lineage.ts";

/**
 * Returns the Node option that loads the module which records the origin of a
 * run's logins; an empty string if the agent has none, or the module cannot be
 * written, such as in a read-only home.
 *
 * @throws {BusyError} If another process holds the lock for too long.
 */
export async function lineageOption(
  layout: Layout,
  { preload }: Pick<Agent, "preload">,
): Promise<string> {
  if (!preload) return "";
  const names = { runVariable: RUN_VARIABLE, tokenDigits: TOKEN_DIGITS };
  try {
    const text = preload.lineageModule(names);
    return preloadOption(await saveModule(layout, "lineage", text));
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return "";
  }
}
