import type { Json, Settings } from "../agents/settings_format.ts";
import { errorCode, runtime } from "../system/mod.ts";
import { writeAtomic } from "../disk/atomic_write.ts";
import { digestOf, sameBytes } from "../disk/bytes.ts";
import type { Layout } from "../disk/layout.ts";
import { withLock } from "../disk/lock.ts";
import { basename, dirname } from "../disk/names.ts";
import { secureFolders } from "../disk/permissions.ts";

/** A larger file is not one of settings. */
export const MAX_SETTINGS_BYTES = 1024 * 1024;

/**
 * Reads a file with settings of the agent; `undefined` if it cannot be read, or
 * holds something else. As for the agent, it may have comments.
 */
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
 * Parses settings of the agent, which may have comments.
 *
 * @throws {SyntaxError} If they are not a JSON object; the message completes
 * "it ..." and quotes nothing.
 */
export function parseSettings(bytes: Uint8Array): Settings {
  let value: Json;
  try {
    value = JSON.parse(withoutComments(new TextDecoder().decode(bytes)));
  } catch {
    throw new SyntaxError("is not valid JSON");
  }
  if (isSettings(value)) return value;
  throw new SyntaxError("is not a JSON object");
}

/** Returns `under`, with what `over` says in its place, setting by setting. */
export function mergeSettings(under: Settings, over: Settings): Settings {
  const merged: Record<string, Json | undefined> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const before = merged[name];
    merged[name] = isSettings(before) && isSettings(value)
      ? mergeSettings(before, value)
      : value;
  }
  return merged;
}

/**
 * What our settings are for: runs of any kind, and the settings of the user
 * override them; or runs with a key, and then they override all others.
 */
export type SettingsKind = "defaults" | "key_settings";

const NAME =
  /^cli_(?:(?:defaults|key_settings)(?:_[0-9a-f]{16})?\.json|lineage_[0-9a-f]{16}\.cjs)$/;

/** A run reads its settings when it begins; nobody knows when it has. */
const LASTS_MS = 86_400_000;

/** Whether the file at `path` is one of ours. */
export function isOurSettings({ accounts }: Layout, path: string): boolean {
  return dirname(path) === accounts && NAME.test(basename(path));
}

/**
 * Writes `settings` to a file of ours and returns its path. The name tells the
 * content: runs on one machine may have different settings. Takes the lock only
 * if something must be written, and then removes what is a day old.
 *
 * @throws {BusyError} If another process holds the lock for too long.
 * @throws {FileError} If one of our folders is not safe to use.
 */
export async function saveSettings(
  layout: Layout,
  kind: SettingsKind,
  settings: Settings,
  { now = Date.now() }: { now?: number } = {},
): Promise<string> {
  return await save(layout, [kind, "json"], JSON.stringify(settings), now);
}

/**
 * Writes the text of a module for Node to a file of ours and returns its path,
 * as {@linkcode saveSettings} does with settings.
 *
 * @throws What {@linkcode saveSettings} does.
 */
export async function saveModule(
  layout: Layout,
  kind: "lineage",
  text: string,
  { now = Date.now() }: { now?: number } = {},
): Promise<string> {
  return await save(layout, [kind, "cjs"], text, now);
}

async function save(
  layout: Layout,
  [kind, extension]: readonly [kind: string, extension: string],
  text: string,
  now: number,
): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const hash = (await digestOf(bytes)).slice(0, 16);
  const path = `${layout.accounts}/cli_${kind}_${hash}.${extension}`;
  if (await isThere(path, bytes, now)) return path;
  await secureFolders(layout, () => {});
  await withLock(layout.lock, async () => {
    await writeAtomic(path, bytes);
    await removeOld(layout, now);
  });
  return path;
}

/**
 * Whether the file exists and will be kept for as long as the run needs it. A
 * link does not count: it could lead to a file that others may write.
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

function isSettings(value: Json | undefined): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * What is in quotes is not a comment. Quotes and comments that do not end reach
 * to the end of the text: to search on behind each of them would take hours.
 */
function withoutComments(text: string): string {
  return text.replace(
    /("(?:[^"\\]|\\[^])*(?:"|\\?$))|\/\/[^\r\n]*|\/\*[^]*?(?:\*\/|$)/g,
    (_, quoted: string | undefined) => quoted ?? " ",
  );
}
