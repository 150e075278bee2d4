import type { KeyOfRun, Provider, Settings } from "../providers/provider.ts";
import { messageOf } from "../runtime/message_of.ts";
import { errorCode, runtime } from "../runtime/mod.ts";
import {
  isOurSettings,
  mergeSettings,
  readSettings,
  saveSettings,
  type SettingsKind,
} from "../store/agent_settings.ts";
import { layoutAt } from "../store/layout.ts";
import type { Notify } from "../system.ts";

/** The files with settings for a run: paths. */
export interface CliSettings {
  /** Of those that all others go before. */
  defaultsPath: string | undefined;
  /** Of those that go before all others, for a run with a key. */
  settingsPath: string | undefined;
}

/**
 * Writes the settings for a run of the CLI. It reads one file of each kind, so
 * what a machine has in its own is in ours too. Where the disk takes none, as
 * with a key for one run in a home that is read-only, it does without.
 *
 * @throws {LockTimeoutError} If another process holds the lock for too long.
 */
export async function prepareSettings(
  provider: Provider,
  { dir, key, notify = () => {} }: {
    dir: string;
    key?: KeyOfRun | undefined;
    notify?: Notify;
  },
): Promise<CliSettings> {
  const layout = layoutAt(dir);
  const { defaults, keySettings } = provider;
  const { first, last } = provider.machineSettings(runtime.host.environment());
  const put = async (
    kind: SettingsKind,
    places: readonly string[],
    withMachine: (machine: Settings) => Settings,
  ): Promise<string | undefined> => {
    const present = await firstThere(places);
    // As in a run within a run.
    if (present !== undefined && isOurSettings(layout, present)) return present;
    const machine = present === undefined ? {} : await readSettings(present);
    // The CLI refuses the machine's, and says why.
    if (!machine) return present;
    const settings = withMachine(machine);
    // Only the machine's may be written for an older version.
    const { $version } = present === undefined ? settings : machine;
    try {
      return await saveSettings(layout, kind, { ...settings, $version });
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      notify(
        `cannot turn off settings of qwen for this run: ${messageOf(error)}`,
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
      (machine) => mergeSettings(machine, keySettings),
    ),
  };
}

async function firstThere(
  paths: readonly string[],
): Promise<string | undefined> {
  for (const path of paths) {
    if (await runtime.files.realPath(path)) return path;
  }
  return undefined;
}
