/**
 * The settings of one run, in a file of their own. They may hold the key of the
 * run, so the run removes them when it ends. If it is killed, the next update
 * does.
 *
 * @module
 */

import type { Settings } from "../agents/settings_format.ts";
import { FILE_MODE, type Layout } from "../disk/layout.ts";
import { secureFolders } from "../disk/permissions.ts";
import { runtime } from "../system/mod.ts";
import { mayBeUnderWay } from "./settle/holders.ts";
import { listRuns } from "./settle/runs.ts";

const NAME = /^cli_run_settings_([0-9a-f]{16})\.json$/;

/** Longer than a run takes from writing its settings to starting the agent. */
const STARTS_WITHIN_MS = 60_000;

/**
 * Writes the settings of run `id` and returns their path. The caller removes
 * them after the run.
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
    const [, id] = NAME.exec(name) ?? [];
    if (id === undefined) continue;
    const path = `${layout.accounts}/${name}`;
    if (await isOver(layout, { id, path, now })) {
      await runtime.files.remove(path);
    }
  }
}

/** A run with a given key has no record, so its processes tell. */
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
