import { UnsafeFileError } from "../errors.ts";
import { runtime } from "../runtime/mod.ts";
import type { Notify } from "../system.ts";
import { FILE_MODE, FOLDER_MODE, type Layout } from "./layout.ts";

/**
 * Makes the folders of `layout` that are missing, and takes away what others
 * may do in them.
 *
 * @throws {UnsafeFileError} If one is no folder or belongs to another user.
 */
export async function secureFolders(
  layout: Layout,
  notify: Notify,
): Promise<void> {
  for (const path of [layout.root, layout.accounts]) {
    const folder = await runtime.files.realPath(path);
    if (folder) {
      await secure(folder, "folder", FOLDER_MODE, notify);
    } else {
      await runtime.files.makeFolder(path, FOLDER_MODE);
      await runtime.files.chmod(path, FOLDER_MODE); // whatever the umask
    }
  }
}

/**
 * Takes away what others may do with the file at `path`, if it is there.
 *
 * @throws {UnsafeFileError} If it is no file or belongs to another user.
 */
export async function secureFile(path: string, notify: Notify): Promise<void> {
  await secure(path, "file", FILE_MODE, notify);
}

async function secure(
  path: string,
  kind: "file" | "folder",
  mode: number,
  notify: Notify,
): Promise<void> {
  const info = await runtime.files.info(path);
  if (!info) return;
  if (info.kind !== kind) {
    throw new UnsafeFileError(path, `is no ${kind} but a ${info.kind}`);
  }
  if (info.uid !== runtime.host.uid) {
    throw new UnsafeFileError(path, `belongs to user ${info.uid}`);
  }
  if ((info.mode & ~mode) === 0) return;
  await runtime.files.chmod(path, mode);
  notify(`tightened ${path} from ${octal(info.mode)} to ${octal(mode)}`);
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}
