import type { Agent, Keyed } from "../agents/agent.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import {
  mergeSettings,
  type OwnSettings,
  parseSettings,
  type Settings,
} from "../agents/settings_format.ts";
import { messageOf } from "../system/message_of.ts";
import { errorCode, runtime, unlessRefused } from "../system/mod.ts";
import {
  isOurSettings,
  readSettings,
  saveRunSettings,
  saveSettings,
  type SettingsKind,
} from "../vault/agent_settings.ts";
import { type Layout, layoutAt } from "../disk/layout.ts";
import type { Notify } from "../system/system.ts";

/** The paths of the settings files for a run. */
export interface AgentSettings {
  /** The file that all other settings override. */
  defaultsPath: string | undefined;
  /** The file that overrides all other settings, for a run with a key. */
  settingsPath: string | undefined;
}

/**
 * Writes the settings files for a run of the agent. The agent reads one file of
 * each kind, so ours include the machine's settings. If the disk cannot be
 * written to, such as with a key for one run in a read-only home, does without.
 *
 * @throws {BusyError} If another process holds the lock for too long.
 */
export async function prepareSettings(
  agent: Keyed<Agent>,
  { dir, key, notify = () => {} }: {
    dir: string;
    key?: KeyOfRun | undefined;
    notify?: Notify;
  },
): Promise<AgentSettings> {
  const layout = layoutAt(dir, { agent });
  const { defaults, withKey, ofMachine } = agent.settings;
  const { first, last } = ofMachine(runtime.host.environment());
  const put = async (
    kind: SettingsKind,
    places: readonly string[],
    withMachine: (machine: Settings) => Settings,
  ): Promise<string | undefined> => {
    const present = await firstExisting(places);
    // For example, in a run within a run.
    if (present !== undefined && isOurSettings(layout, present)) return present;
    const machine = present === undefined ? {} : await readSettings(present);
    // The agent rejects the machine's file and says why.
    if (!machine) return present;
    const settings = withMachine(machine);
    if (Object.keys(settings).length === 0) return present;
    // Only the machine's file may be in the format of an older version.
    const { $version } = present === undefined ? settings : machine;
    try {
      return await saveSettings(layout, kind, { ...settings, $version });
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      notify(
        `cannot turn off settings of ${agent.program} for this run: ${
          messageOf(error)
        }`,
      );
      return present;
    }
  };
  return {
    defaultsPath: await put(
      "defaults",
      last,
      (machine) => mergeSettings(defaults, machine),
    ),
    settingsPath: key && await put(
      "key_settings",
      first,
      (machine) => mergeSettings(machine, withKey),
    ),
  };
}

/** Returns the first of `paths` that exists, as far as the agent can see. */
export async function firstExisting(
  paths: readonly string[],
): Promise<string | undefined> {
  const { files } = runtime;
  for (const path of paths) {
    if (await files.realPath(path).catch(unlessRefused)) return path;
  }
  return undefined;
}

/** The arguments of a guarded run. Disposing of it removes its settings. */
interface Guarded extends AsyncDisposable {
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
