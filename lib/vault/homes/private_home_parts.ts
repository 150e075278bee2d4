import { errorCode, runtime } from "../../system/mod.ts";
import {
  entryOf,
  HOME,
  homeFolder,
  type HomePart,
  isHidden,
  markOf,
  OUR_PREFIX,
} from "./homes.ts";
import { inBatches } from "../../disk/files.ts";
import { FOLDER_MODE, type Layout } from "../../disk/layout.ts";

/** How to build a private home. */
export interface PartsOptions {
  id: string;
  /** The version of the agent; `undefined` if it may be any. */
  version: string | undefined;
  /** The home of the user. */
  realHome: string;
}

/**
 * Creates the folders that a run will need in the real folder, so that their
 * content goes directly to where other runs see it. Other folders are copied
 * back after the run.
 */
export async function makeRealFolders(
  { home, agent }: Layout,
  version: string | undefined,
): Promise<void> {
  for (const name of agent.homes.folders(version)) {
    const path = entryOf(home, name);
    if (await runtime.files.info(path)) continue;
    await runtime.files.makeFolder(path, FOLDER_MODE);
  }
}

/** Returns the private folder that replaces the agent's folder. */
export async function agentPart(
  layout: Layout,
  { id, version }: Omit<PartsOptions, "realHome">,
): Promise<HomePart> {
  const { home, agent: { homes, program } } = layout;
  const part = await newPart(layout, { id, kind: program, of: home });
  // A dangling link lets the first line of a run create the real file.
  const logs = Object.fromEntries(homes.logs(version).map((it) => [it, ""]));
  return { ...part, seen: { ...logs, ...part.seen } };
}

/** Returns the private folder that replaces the user's home. */
export async function homePart(
  layout: Layout,
  { id, realHome }: PartsOptions,
  mayBeInPlace: boolean,
): Promise<HomePart> {
  const part = { id, kind: HOME, of: realHome, mayBeInPlace };
  return await newPart(layout, part);
}

/**
 * Returns the private folder that replaces `of`. If files could not be moved
 * there otherwise, it is inside `of`, unless `mayBeInPlace` is false.
 */
async function newPart(
  layout: Layout,
  { id, kind, of, mayBeInPlace = true }: {
    id: string;
    kind: string;
    of: string;
    mayBeInPlace?: boolean;
  },
): Promise<HomePart> {
  const inPlace = mayBeInPlace && await areApart(layout, id, of);
  const at = inPlace
    ? entryOf(of, `${OUR_PREFIX}${id}`)
    : `${homeFolder(layout, id)}/${kind}`;
  return { kind, at, of, seen: await markEntries(layout, kind, of) };
}

/**
 * Whether files cannot be moved between the folder of the private homes and
 * `folder`, for example across file systems. Tests a move that always fails:
 * the source is missing, and the target is not a name (rename(2), EBUSY).
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

/** Creates the private folder of a part, with a link to each real entry. */
export async function makePart(part: HomePart): Promise<void> {
  const { files } = runtime;
  await files.makeFolder(part.at, FOLDER_MODE);
  await inBatches(
    Object.keys(part.seen),
    (name) => files.link(entryOf(part.of, name), entryOf(part.at, name)),
  );
}

/** Returns the marks of the entries that runs may see, by name. */
async function markEntries(
  layout: Layout,
  kind: HomePart["kind"],
  folder: string,
): Promise<Record<string, string>> {
  const { files } = runtime;
  const names = (await files.list(folder)).filter((it) =>
    !isHidden(layout, kind, it)
  );
  const entries = await inBatches(names, async (name) => {
    const info = await files.info(entryOf(folder, name));
    return [name, info] as const;
  });
  // Skip names that are not valid UTF-8.
  return Object.fromEntries(
    entries.flatMap(([name, info]) => info ? [[name, markOf(info)]] : []),
  );
}
