import type { Settings } from "../providers/provider.ts";
import { errorCode, runtime } from "../runtime/mod.ts";
import { writeAtomic } from "./atomic_write.ts";
import { sameBytes } from "./bytes.ts";
import type { Layout } from "./layout.ts";
import { withLock } from "./lock.ts";
import { secureFolders } from "./permissions.ts";

/** More are no settings. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads a file with settings of the CLI; `undefined` if it cannot be read, or
 * holds something else. As for the CLI, it may have comments.
 */
export async function readSettings(
  path: string,
): Promise<Settings | undefined> {
  try {
    const bytes = await runtime.files.read(path, MAX_BYTES);
    const value: unknown = JSON.parse(withoutComments(
      new TextDecoder().decode(bytes),
    ));
    return isSettings(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error)) return undefined;
    throw error;
  }
}

/** Returns `under`, with what `over` says in its place, setting by setting. */
export function mergeSettings(under: Settings, over: Settings): Settings {
  const merged: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const before = merged[name];
    merged[name] = isSettings(before) && isSettings(value)
      ? mergeSettings(before, value)
      : value;
  }
  return merged;
}

/**
 * Makes `settings` the content of the file at `path` in the folder of the
 * slots; takes the lock only where something is to be written.
 *
 * @throws {LockTimeoutError} If another process holds the lock for too long.
 * @throws {UnsafeFileError} If a folder of ours is not ours.
 */
export async function saveSettings(
  layout: Layout,
  path: string,
  settings: Settings,
): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(settings));
  if (await isThere(path, bytes)) return;
  await secureFolders(layout, () => {});
  await withLock(layout.lock, () => writeAtomic(path, bytes));
}

/** A link there would be one to something that others may write. */
async function isThere(path: string, bytes: Uint8Array): Promise<boolean> {
  if ((await runtime.files.info(path))?.kind !== "file") return false;
  const present = await runtime.files.read(path, MAX_BYTES);
  return present !== undefined && sameBytes(present, bytes);
}

function isSettings(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is in quotes is no comment. */
function withoutComments(text: string): string {
  return text.replace(
    /("(?:[^"\\]|\\.)*")|\/\/[^\r\n]*|\/\*[^]*?\*\//g,
    (_, quoted: string | undefined) => quoted ?? " ",
  );
}
