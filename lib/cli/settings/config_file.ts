import { unsafeFile } from "../../common_errors.ts";
import { runtime } from "../../system/mod.ts";
import { canAsk } from "../screen/streams.ts";
import { writeAtomic } from "../../disk/files.ts";
import { FILE_MODE, layoutAt } from "../../disk/layout.ts";
import { withLock } from "../../disk/lock.ts";
import { makeFolder } from "../../disk/permissions.ts";
import { parseConfig, readConfigText } from "./config.ts";
import type { NewValue } from "./config_entry.ts";
import { configPath, SETTING_NAMES, type SettingName } from "../../settings.ts";
import { settingKey, settingOf } from "../../setting_lookup.ts";
import { runInForeground } from "../../process/start.ts";
import { randomHex } from "../../disk/names.ts";
import { UsageError } from "../line/usage_error.ts";
import { wrap } from "../screen/wrap.ts";

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

/** Sets a setting in the file of `dir`, or removes it; keeps the comments. */
export async function saveSetting(
  dir: string,
  name: SettingName,
  value: NewValue,
): Promise<void> {
  const { withEntry } = await import("./config_entry.ts");
  const entry = { path: configPath(dir), key: settingKey(name), value };
  await changeConfigText(dir, (text) => withEntry(text, entry));
}

async function findTarget(path: string): Promise<string> {
  const info = await runtime.files.info(path);
  if (info?.kind !== "link") return path;
  const target = await runtime.files.realPath(path);
  if (target !== undefined) return target;
  throw unsafeFile(path, "is a broken symbolic link");
}

/**
 * Opens a copy of the settings of the folder `dir` in the editor and saves it
 * if it is valid; otherwise asks, on a terminal, whether to edit it again.
 *
 * Returns "not saved" if the user stopped editing an invalid text.
 *
 * @throws {UsageError} If the text is not valid and there is no terminal.
 * @throws {Error} If the editor fails, or the file was changed meanwhile.
 */
export async function editConfig(
  dir: string,
): Promise<"saved" | "unchanged" | "not saved"> {
  const path = configPath(dir);
  const before = await readConfigText(path);
  const start = before || template();
  const { files, host } = runtime;
  const folder = host.variable("TMPDIR") || "/tmp";
  // Ends in .yaml, so that editors know the language.
  const copy = `${folder}/account-qwen-${randomHex(8)}.yaml`;
  await files.create(copy, new TextEncoder().encode(start), FILE_MODE);
  let isKept = false;
  try {
    const text = await editUntilValid(copy, path);
    if (text === undefined) return "not saved";
    if (text === start) return "unchanged";
    await changeConfigText(dir, (now) => {
      if (now === before) return text;
      isKept = true;
      throw new Error(
        `Cannot save the settings: "${path}" has changed in the meantime; ` +
          `your edits are in "${copy}"`,
      );
    });
    return "saved";
  } finally {
    if (!isKept) await files.remove(copy);
  }
}

/** Returns the text, or `undefined` if the user stops editing. */
async function editUntilValid(
  copy: string,
  path: string,
): Promise<string | undefined> {
  while (true) {
    await runEditor(copy);
    if (!await runtime.files.info(copy)) return undefined;
    const text = await readConfigText(copy);
    try {
      parseConfig(text, path);
      return text;
    } catch (error) {
      if (!(error instanceof UsageError) || !canAsk()) throw error;
      if (!await mayEditAgain(error.message)) return undefined;
    }
  }
}

async function mayEditAgain(problem: string): Promise<boolean> {
  const { Dialog } = await import("../setup/wizard_dialog.ts");
  using dialog = new Dialog();
  try {
    await dialog.tell(problem);
    return await dialog.confirm("edit it again?");
  } catch (error) {
    if (dialog.isEnd(error)) return false;
    throw error;
  }
}

/** The variable may contain arguments too, such as `code --wait`. */
async function runEditor(path: string): Promise<void> {
  const { host } = runtime;
  const editor = host.variable("VISUAL") || host.variable("EDITOR") || "vi";
  const code = await runInForeground("sh", {
    args: ["-c", `${editor} "$1"`, "sh", path],
    env: host.environment(),
  });
  if (code === 0) return;
  throw new Error(
    `Cannot edit the settings: "${editor}" ended with code ${code} (VISUAL or ` +
      "EDITOR names the editor)",
  );
}

/** Every setting as a comment, for a file that does not exist yet. */
function template(): string {
  const hang = "# ";
  const settings = SETTING_NAMES.map((name) => {
    const { summary, default: value, defaults } = settingOf(name);
    const shown = defaults ? JSON.stringify(defaults) : value ?? "";
    return [
      ...wrap(summary, 78, { first: hang, hang }),
      `# ${settingKey(name)}: ${shown}`.trimEnd(),
      "",
    ].join("\n");
  });
  return [...settings, ONLY_IN_FILE].join("\n");
}

/** What only the file can say. */
const ONLY_IN_FILE =
  `# What errors mean, before the built-in rules; see: rules --help
# rules:
#   - {status: 418, text: "gone fishing", verdict: quota, cooldown: 10m}

# Tell somebody when an account runs out; see: notify --help
# notify:
#   targets:
#     desk:
#       type: desktop
`;
