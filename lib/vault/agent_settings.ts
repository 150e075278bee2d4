import {
  MAX_SETTINGS_BYTES,
  parseSettings,
  type Settings,
} from "../agents/settings_format.ts";
import { errorCode, runtime } from "../system/mod.ts";
import { writeAtomic } from "../disk/files.ts";
import { digestOf, sameBytes } from "../disk/bytes.ts";
import { FILE_MODE, type Layout } from "../disk/layout.ts";
import { withLock } from "../disk/lock.ts";
import { basename, dirname } from "../disk/names.ts";
import { secureFolders } from "../disk/permissions.ts";
import { mayBeUnderWay } from "./settle/holders.ts";
import { listRuns } from "./settle/runs.ts";

/** Reads a settings file of the agent; `undefined` if it has none. */
export async function readSettings(
  path: string,
): Promise<Settings | undefined> {
  try {
    const bytes = await runtime.files.read(path, MAX_SETTINGS_BYTES);
    return bytes && parseSettings(bytes);
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error)) return undefined;
    throw error;
  }
}

/**
 * What our settings file is for. `defaults` applies to every run, and the
 * user's settings override it. `key_settings` applies to runs with a key and
 * overrides all other settings.
 */
export type SettingsKind = "defaults" | "key_settings";

const NAME =
  /^cli_(?:(?:defaults|key_settings)(?:_[0-9a-f]{16})?\.json|lineage_[0-9a-f]{16}\.cjs)$/;

/** How long a file is kept: we cannot tell when a run has read it. */
const LASTS_MS = 86_400_000;

/** Whether `path` is the name of one of our settings files or modules. */
export function isOurSettings({ accounts }: Layout, path: string): boolean {
  return dirname(path) === accounts && NAME.test(basename(path));
}

/**
 * Writes `settings` to one of our files and returns its path. The name contains
 * a hash of the content, because runs on one machine may have different
 * settings. Takes the lock only if the file must be written; then also removes
 * files that are older than a day.
 *
 * @throws {BusyError} If another process holds the lock for too long.
 * @throws {FileError} If one of our folders is not safe to use.
 */
export async function saveSettings(
  layout: Layout,
  kind: SettingsKind,
  settings: Settings,
  { now }: { now?: number } = {},
): Promise<string> {
  const text = JSON.stringify(settings);
  return await save(layout, { kind, extension: "json", text, now });
}

/** Writes the text of a module for Node, as {@linkcode saveSettings} does. */
export async function saveModule(
  layout: Layout,
  text: string,
): Promise<string> {
  return await save(layout, { kind: "lineage", extension: "cjs", text });
}

async function save(
  layout: Layout,
  { kind, extension, text, now = Date.now() }: {
    kind: string;
    extension: string;
    text: string;
    now?: number | undefined;
  },
): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const hash = (await digestOf(bytes)).slice(0, 16);
  const path = `${layout.accounts}/cli_${kind}_${hash}.${extension}`;
  if (await isThere(path, bytes, now)) return path;
  await secureFolders(layout, () => {});
  await withLock(layout.lock, async () => {
    // Of many runs that start at once, one writes the file.
    if (await isThere(path, bytes, now)) return;
    await writeAtomic(path, bytes);
    await removeOld(layout, now);
  });
  return path;
}

/**
 * Whether the file exists and will be kept for as long as the run needs it. A
 * link does not count: it could point to a file that others can write to.
 */
async function isThere(
  path: string,
  bytes: Uint8Array,
  now: number,
): Promise<boolean> {
  const info = await runtime.files.info(path);
  if (info?.kind !== "file" || now - info.mtimeMs > LASTS_MS / 2) return false;
  return sameBytes(await runtime.files.read(path, MAX_SETTINGS_BYTES), bytes);
}

async function removeOld({ accounts }: Layout, now: number): Promise<void> {
  for (const name of await runtime.files.list(accounts)) {
    if (!NAME.test(name)) continue;
    const path = `${accounts}/${name}`;
    const info = await runtime.files.info(path);
    const isOld = info?.kind === "file" && now - info.mtimeMs > LASTS_MS;
    if (isOld) await runtime.files.remove(path);
  }
}

const RUN_SETTINGS = /^cli_run_settings_([0-9a-f]{16})\.json$/;

/** Longer than a run takes from writing its settings to starting the agent. */
const STARTS_WITHIN_MS = 60_000;

/**
 * Writes the settings of run `id` to a file of their own, and returns its path.
 * They may hold the key of the run, so the caller removes them after it; if the
 * run is killed, the next update does.
 *
 * @throws {FileError} If one of our folders is not safe to use.
 */
export async function saveRunSettings(
  layout: Layout,
  { id, settings }: { id: string; settings: Settings },
): Promise<string> {
  const path = `${layout.accounts}/cli_run_settings_${id}.json`;
  await secureFolders(layout, () => {});
  // Not by a temporary name: another command would remove that, as a leftover.
  await runtime.files.remove(path);
  const bytes = new TextEncoder().encode(JSON.stringify(settings));
  try {
    await runtime.files.create(path, bytes, FILE_MODE);
  } catch (error) {
    await runtime.files.remove(path);
    throw error;
  }
  return path;
}

/** Removes the settings of runs that were killed. The caller holds the lock. */
export async function removeEndedSettings(
  layout: Layout,
  now: number,
): Promise<void> {
  for (const name of await runtime.files.list(layout.accounts)) {
    const [, id] = RUN_SETTINGS.exec(name) ?? [];
    if (id === undefined) continue;
    const path = `${layout.accounts}/${name}`;
    if (await isOver(layout, { id, path, now })) {
      await runtime.files.remove(path);
    }
  }
}

/** A run with a given key has no record; only its processes show it. */
async function isOver(
  layout: Layout,
  { id, path, now }: { id: string; path: string; now: number },
): Promise<boolean> {
  const info = await runtime.files.info(path);
  if (info?.kind !== "file") return false;
  const records = [
    ...await listRuns(layout),
    ...await listRuns(layout, { kind: "hold" }),
  ];
  const run = records.find((it) => it.id === id);
  if (!run && now - info.mtimeMs < STARTS_WITHIN_MS) return false;
  return !await mayBeUnderWay(run ?? { id, account: 0, process: "" });
}
