import { UnsafeFileError } from "../errors.ts";
import { runtime } from "../runtime/mod.ts";
import { writeAtomic } from "../store/atomic_write.ts";
import { layoutAt } from "../store/layout.ts";
import { withLock } from "../store/lock.ts";
import { makeFolder } from "../store/permissions.ts";
import { readConfigText } from "./config.ts";
import { configPath } from "./setting_flags.ts";
import { UsageError } from "./usage_error.ts";
import { program } from "../program.ts";

/**
 * Replaces the text of the settings file in the accounts folder `dir` with what
 * `change` returns for it. A symbolic link is kept, and its target is replaced.
 *
 * @throws {UnsafeFileError} If it is not a text file, or a broken link.
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
  throw new UnsafeFileError(path, "is a broken symbolic link");
}

/**
 * Returns the YAML mapping `text` with the entry `key` set to `value`, or without
 * that entry if `value` is `undefined`. Comments and the other entries stay.
 *
 * @throws {UsageError} If `text`, of the file at `path`, is not a YAML mapping.
 */
export async function withEntry(
  text: string,
  { path, key, value }: {
    path: string;
    key: string;
    value: string | number | readonly string[] | undefined;
  },
): Promise<string> {
  const { isMap, parseDocument } = await import("yaml");
  const document = parseDocument(text);
  const [mistake] = document.errors;
  const problem = mistake
    ? mistake.message.split(/ at line|:?\n/)[0]
    : document.contents !== null && !isMap(document.contents)
    ? "the file is not a mapping"
    : undefined;
  if (problem !== undefined) {
    const [start] = mistake?.linePos ?? [];
    const place = start ? `line ${start.line}, column ${start.col}: ` : "";
    throw new UsageError(
      `Cannot change "${path}": ${place}${problem}`,
      "config",
      `${program()} config edit`,
    );
  }
  if (value !== undefined) document.set(key, value);
  else if (!document.delete(key)) return text;
  const indentSeq = !/^-\s/m.test(text);
  const changed = document.toString({ lineWidth: 0, indentSeq });
  // An empty mapping is printed as {}, which the user did not write.
  const trimmed = value === undefined
    ? changed.replace(/^\{\}\n/m, "")
    : changed;
  return text.includes("\r\n") ? trimmed.replaceAll("\n", "\r\n") : trimmed;
}
