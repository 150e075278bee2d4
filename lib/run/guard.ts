import type { Agent } from "../agents/agent.ts";
import { parseSettings } from "../agents/settings_file.ts";
import type { OwnSettings, Settings } from "../agents/settings_format.ts";
import type { Layout } from "../disk/layout.ts";
import { runtime } from "../system/mod.ts";
import { readSettings } from "../vault/agent_settings.ts";
import { saveRunSettings } from "../vault/run_settings.ts";

/** The arguments of a guarded run. Disposing of it removes its settings. */
export interface Guarded extends AsyncDisposable {
  /** The agent's arguments, with the settings of the run. */
  args: readonly string[];
}

/**
 * Writes settings for a run that no project can override, if the agent has such
 * settings: a project could otherwise send the key of the run elsewhere.
 *
 * @throws {FileError} If one of our folders is not safe to use.
 */
export async function guardRun(
  { settings: { guard } }: Pick<Agent, "settings">,
  { args, env, layout, runId }: {
    args: readonly string[];
    env: Readonly<Record<string, string>>;
    layout: Layout;
    runId: string;
  },
): Promise<Guarded> {
  if (!guard) return { args, [Symbol.asyncDispose]: () => Promise.resolve() };
  const user = await readSettings(`${layout.home}/${guard.userFile}`);
  const own = await readOwn(guard.ownIn(args));
  const settings = guard.settingsOf({ env, user, own });
  const path = await saveRunSettings(layout, { id: runId, settings });
  return {
    args: guard.argsWith(args, path),
    async [Symbol.asyncDispose]() {
      await runtime.files.remove(path);
    },
  };
}

/** The agent itself reports settings that it cannot read. */
async function readOwn(
  own: OwnSettings | undefined,
): Promise<Settings | undefined> {
  if (!own) return undefined;
  if ("path" in own) return await readSettings(own.path);
  try {
    return parseSettings(new TextEncoder().encode(own.json));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
