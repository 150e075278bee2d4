import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { runtime } from "../../system/mod.ts";
import { realSystem } from "../../system/system.ts";
import { beginHome, givenPath, type HomePart, recordParts } from "./homes.ts";
import { endHome, type HomeOfRun } from "./private_home.ts";
import { agentPart, makePart, makeRealFolders } from "./private_home_parts.ts";

/** What a run finds in a home with a key. */
interface KeyHomeOptions extends HomeOfRun {
  /** The version of the agent; unknown versions may be any. */
  version: string | undefined;
  /** The file with the key. */
  file: FileOfRun;
  /** The file that takes the place of one of the user's. @default none */
  envFile?: FileOfRun | undefined;
}

/** A file that is for one run. */
export interface FileOfRun {
  /** Its name in the home. */
  name: string;
  /** Its content. */
  content: string;
}

/** A home with a key. Disposing of it copies back what the run stored there. */
interface KeyHome extends AsyncDisposable {
  /** The home of the agent for this run. */
  dir: string;
}

/**
 * Creates a home for one run of an agent that reads its key in a file, where the
 * user may have a login: the run can neither use, change nor delete that. The
 * home has links to everything of the user that the run may see.
 *
 * @throws {BusyError} If another process holds the lock for too long.
 */
export async function makeKeyHome(
  layout: Layout,
  options: KeyHomeOptions,
): Promise<KeyHome> {
  const { id, version, file, envFile, system = realSystem } = options;
  await beginHome(layout, id, { system });
  try {
    await makeRealFolders(layout, version);
    const linked = await agentPart(layout, { id, version });
    const part = envFile ? withoutLink(linked, envFile.name) : linked;
    await recordParts(layout, id, [part]);
    await create(givenPath(layout, id), file.content);
    await makePart(part);
    for (const { name, content } of envFile ? [file, envFile] : [file]) {
      await create(`${part.at}/${name}`, content);
    }
    return {
      dir: part.at,
      [Symbol.asyncDispose]: () => endHome(layout, options),
    };
  } catch (error) {
    await endHome(layout, options);
    throw error;
  }
}

function withoutLink(part: HomePart, name: string): HomePart {
  const { [name]: _, ...seen } = part.seen;
  return { ...part, seen, given: [name] };
}

async function create(path: string, content: string): Promise<void> {
  const bytes = new TextEncoder().encode(content);
  await runtime.files.create(path, bytes, FILE_MODE);
}
