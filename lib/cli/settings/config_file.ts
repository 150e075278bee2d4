import { unsafeFile } from "../../common_errors.ts";
import { runtime } from "../../system/mod.ts";
import { writeAtomic } from "../../disk/atomic_write.ts";
import { layoutAt } from "../../disk/layout.ts";
import { withLock } from "../../disk/lock.ts";
import { makeFolder } from "../../disk/permissions.ts";
import { readConfigText } from "./config.ts";
import { configPath } from "../../settings.ts";

/**
 * Replaces the text of the settings file in the accounts folder `dir` with what
 * `change` returns for it. A symbolic link is kept, and its target is replaced.
 *
 * @throws {FileError} If it is not a text file, or a broken link.
 */
export async function changeConfigText(
  dir: string,
  change: (text: string) => string | Promise<string>,
): Promise<void> {
  if (await runtime.files.realPath(dir) === undefined) await makeFolder(dir);
  const path = configPath(dir);
  await withLock(layoutAt(dir).lock, async () => {
    const target = await findTarget(path);
    const text = await readConfigText(path);
    const changed = await change(text);
    if (changed === text) return;
    await writeAtomic(target, new TextEncoder().encode(changed));
  });
}

async function findTarget(path: string): Promise<string> {
  const info = await runtime.files.info(path);
  if (info?.kind !== "link") return path;
  const target = await runtime.files.realPath(path);
  if (target !== undefined) return target;
  throw unsafeFile(path, "is a broken symbolic link");
}
