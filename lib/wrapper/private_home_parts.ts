import { isAtLeast } from "../providers/version.ts";
import { errorCode, runtime } from "../runtime/mod.ts";
import {
  entryOf,
  isHidden,
  markOf,
  OUR_PREFIX,
} from "../store/home_entries.ts";
import { homeFolder, type HomePart } from "../store/homes.ts";
import { inBatches } from "../store/in_batches.ts";
import { FOLDER_MODE, type Layout } from "../store/layout.ts";

/** From this version on `QWEN_HOME` moves all that the CLI keeps. */
const HAS_QWEN_HOME = "0.21.2";

/**
 * The folders that a run makes (measured on 0.12.0 and 0.24.4), which are made
 * in the real place first: so what goes into them lies there at once, where
 * other runs see it. Others are brought home after the run.
 */
const MADE_FOLDERS = {
  before: ["debug", "projects", "skills", "tmp", "todos"],
  since: [
    "extension-store",
    "extensions",
    "memories",
    "projects",
    "sessions",
    "skills",
    "tmp",
    "usage",
  ],
};

/**
 * Files that runs append to (0.24.4): with a link to nothing yet, the first line of a
 * run makes the real one.
 */
const SHARED_LOGS = ["usage_record.jsonl"];

/** What a private home is to be made of. */
export interface PartsOptions {
  /** The id of the run. */
  id: string;
  /** The version of the CLI; one that is not known may be any. */
  version: string | undefined;
  /** The home of the user. */
  realHome: string;
}

/** Whether the CLI can be given a folder of its own and the user's home. */
export function hasQwenHome(version: string | undefined): boolean {
  return isAtLeast(version, HAS_QWEN_HOME);
}

/** Makes the folders in the real place that a run will want to make. */
export async function makeRealFolders(
  { root }: Layout,
  version: string | undefined,
): Promise<void> {
  const names = MADE_FOLDERS[hasQwenHome(version) ? "since" : "before"];
  for (const name of names) {
    const path = entryOf(root, name);
    if (await runtime.files.info(path)) continue;
    await runtime.files.makeFolder(path, FOLDER_MODE);
  }
}

/** The private folder that stands for the one of the CLI. */
export async function qwenPart(
  layout: Layout,
  { id, version }: Omit<PartsOptions, "realHome">,
): Promise<HomePart> {
  const { root } = layout;
  const inPlace = await areApart(layout, id, root);
  const at = inPlace
    ? entryOf(root, `${OUR_PREFIX}${id}`)
    : `${homeFolder(layout, id)}/qwen`;
  const names = hasQwenHome(version) ? SHARED_LOGS : [];
  const logs = Object.fromEntries(names.map((it) => [it, ""]));
  const seen = { ...logs, ...await look("qwen", root) };
  return { kind: "qwen", at, of: root, seen };
}

/**
 * The private folder that stands for the home of the user; in that home itself
 * where things could not be moved there otherwise, if that `mayBeInPlace`.
 */
export async function homePart(
  layout: Layout,
  { id, realHome }: PartsOptions,
  mayBeInPlace: boolean,
): Promise<HomePart> {
  const inPlace = mayBeInPlace && await areApart(layout, id, realHome);
  const at = inPlace
    ? entryOf(realHome, `${OUR_PREFIX}${id}`)
    : `${homeFolder(layout, id)}/home`;
  return { kind: "home", at, of: realHome, seen: await look("home", realHome) };
}

/**
 * Whether nothing can be moved between the folder of the private homes and
 * `folder`, as on different file systems. Asks for a move that cannot be made
 * in any case: the name is missing, and the target is no name (rename(2),
 * EBUSY).
 */
async function areApart(
  layout: Layout,
  id: string,
  folder: string,
): Promise<boolean> {
  const missing = `${homeFolder(layout, id)}/missing`;
  try {
    await runtime.files.rename(missing, entryOf(folder, "."));
    return false;
  } catch (error) {
    return errorCode(error) === "EXDEV";
  }
}

/** Makes the private folder of a part, with a link for each real entry. */
export async function makePart(part: HomePart): Promise<void> {
  const { files } = runtime;
  await files.makeFolder(part.at, FOLDER_MODE);
  await inBatches(
    Object.keys(part.seen),
    (name) => files.link(entryOf(part.of, name), entryOf(part.at, name)),
  );
}

/** What is in the real folder now, but for what a run is not to see. */
async function look(
  kind: HomePart["kind"],
  folder: string,
): Promise<Record<string, string>> {
  const { files } = runtime;
  const names = (await files.list(folder)).filter((it) => !isHidden(kind, it));
  const entries = await inBatches(names, async (name) => {
    const info = await files.info(entryOf(folder, name));
    return [name, info] as const;
  });
  // A name that is no UTF-8 stands for nothing.
  return Object.fromEntries(
    entries.flatMap(([name, info]) => info ? [[name, markOf(info)]] : []),
  );
}
