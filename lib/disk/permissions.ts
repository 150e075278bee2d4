import { unsafeFile } from "../common_errors.ts";
import { errorCode, runtime } from "../system/mod.ts";
import type { Notify } from "../system/system.ts";
import { FILE_MODE, FOLDER_MODE, type Layout } from "./layout.ts";

/** The problem of a file that we may not read; completes "it ...". */
export const UNREADABLE = "cannot be read";

const READ_PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: UNREADABLE,
  EFBIG: "is too large",
  EINVAL: "is not a file",
  EISDIR: "is a folder",
  ELOOP: "is a link to itself",
  EPERM: UNREADABLE,
};

/**
 * Returns why a file cannot be read or parsed; completes "it ...". Throws any
 * other error.
 */
export function readProblem(error: unknown): string {
  if (error instanceof SyntaxError) return error.message;
  const problem = READ_PROBLEMS[errorCode(error) ?? ""];
  if (problem === undefined) throw error;
  return problem;
}

/**
 * Creates the missing folders of `layout`, and revokes the access of others to
 * the existing ones.
 *
 * @throws {FileError} If one is not a folder or belongs to another user.
 */
export async function secureFolders(
  layout: Layout,
  notify: Notify,
): Promise<void> {
  for (const path of [layout.root, layout.accounts]) {
    const folder = await runtime.files.realPath(path);
    if (folder) {
      await secure(folder, "folder", FOLDER_MODE, notify);
    } else if (await runtime.files.info(path)) {
      throw unsafeFile(path, "is a broken link");
    } else {
      await makeFolder(path);
    }
  }
  // None of these may be a link, which would redirect credentials.
  const { generations, stash, runs, outbox } = layout;
  for (const path of [generations, stash, runs]) {
    await secureFolder(path, notify);
  }
  // The outbox has no credentials. Whoever uses it checks it; no other command
  // fails because of it.
  const fault = await findFault(outbox, "folder", FOLDER_MODE);
  if (fault?.kind === "loose") await secureFolder(outbox, notify);
}

/** Creates a folder that only we can access, whatever the umask. */
export async function makeFolder(path: string): Promise<void> {
  await runtime.files.makeFolder(path, FOLDER_MODE);
  await runtime.files.chmod(path, FOLDER_MODE);
}

/**
 * Revokes the access of others to the folder at `path`, if it exists.
 *
 * @throws {FileError} If it is not a folder or belongs to another user.
 */
export async function secureFolder(
  path: string,
  notify: Notify,
): Promise<void> {
  await secure(path, "folder", FOLDER_MODE, notify);
}

/**
 * Revokes the access of others to the file at `path`, if it exists.
 *
 * @throws {FileError} If it is not a file or belongs to another user.
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
  const fault = await findFault(path, kind, mode);
  if (!fault || fault.kind === "shut") return;
  if (fault.kind === "foreign") {
    throw unsafeFile(path, fault.problem, fault.owner);
  }
  await runtime.files.chmod(path, mode);
  notify(`tightened ${path} from ${octal(fault.mode)} to ${octal(mode)}`);
}

/** The kinds of files, as messages name them. */
export const KIND_NAMES = {
  file: "file",
  folder: "directory",
  link: "symbolic link",
  other: "pipe or device",
} as const;

/** What is wrong with a path: its type, its owner or its mode. */
export interface Fault {
  /** Completes "it ...". */
  problem: string;
  /** Its permission bits. */
  mode: number;
  /** The user id of the owner, if that is another user. */
  owner?: number;
  /**
   * `"foreign"`: it has another type or owner; `"loose"`: others have access;
   * `"shut"`: it is a folder without full access for us, or a file that we may
   * not read.
   */
  kind: "foreign" | "loose" | "shut";
}

/**
 * Returns what is wrong with `path`, if anything: it should be a `kind`, belong
 * to us, and allow others nothing. Changes nothing.
 */
export async function findFault(
  path: string,
  kind: "file" | "folder",
  mode: number,
): Promise<Fault | undefined> {
  const info = await runtime.files.info(path);
  if (!info) return undefined;
  const { mode: found, uid } = info;
  const fault = (problem: string, kind: Fault["kind"]) => ({
    problem,
    mode: found,
    kind,
  });
  if (info.kind !== kind) {
    return fault(
      `is a ${KIND_NAMES[info.kind]}, not a ${KIND_NAMES[kind]}`,
      "foreign",
    );
  }
  if (uid !== runtime.host.uid) {
    return { ...fault(`belongs to user ${uid}`, "foreign"), owner: uid };
  }
  if ((found & ~mode) !== 0) {
    return fault(`is open to others (${octal(found)})`, "loose");
  }
  if (kind === "folder" && found !== mode) {
    return fault(
      `is not readable and writable for you (${octal(found)})`,
      "shut",
    );
  }
  if ((found & READABLE) === 0) {
    return fault(`is not readable for you (${octal(found)})`, "shut");
  }
  return undefined;
}

const READABLE = 0o400;

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/**
 * Whether the file at `path` is another user's, is not a file, or is unreadable
 * for us. One that is only too open can be used.
 */
export async function isUnusableFile(path: string): Promise<boolean> {
  const fault = await findFault(path, "file", FILE_MODE);
  return fault !== undefined && fault.kind !== "loose";
}
