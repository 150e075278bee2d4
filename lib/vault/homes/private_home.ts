import type { Agent, Keyed } from "../../agents/agent.ts";
import { preloadOption } from "../../agents/formats.ts";
import {
  FILE_MODE,
  type Layout,
  layoutAt,
  type LinkedLayout,
  withLink,
} from "../../disk/layout.ts";
import {
  dirVariables,
  RUN_DIRS_VARIABLE,
} from "../../process/run_variables.ts";
import { runtime } from "../../system/mod.ts";
import { realSystem } from "../../system/system.ts";
import { endHome, type HomeOfRun } from "./end_homes.ts";
import {
  beginHome,
  entryOf,
  filesOfHome,
  type HomePart,
  NO_REFRESH_TOKEN,
  recordParts,
} from "./homes.ts";
import {
  agentPart,
  homePart,
  makePart,
  makeRealFolders,
  type PartsOptions,
} from "./private_home_parts.ts";

interface PrivateHomeOptions extends HomeOfRun, PartsOptions {
  agent: Keyed<Agent>;
  /** The folder of the accounts. */
  dir: string;
  /** The login that the agent finds there. */
  credential: {
    /** The token for its requests, valid only for this run. */
    token: string;
    /** The base URL for its requests. */
    baseUrl: string;
  };
}

/** Disposing of it copies back what the run has stored there. */
export interface PrivateHome extends AsyncDisposable {
  /**
   * The variables that point the agent to the private home, and our own
   * commands past it. Combine its `NODE_OPTIONS` with the agent's.
   */
  env: Readonly<Record<string, string>>;
}

/** The agent does not refresh its login before this time. */
const TEN_YEARS_MS = 10 * 365 * 86_400_000;

/**
 * Creates a home for one run of the agent. It has links to everything of the
 * user except the logins, and a login that is valid only for this run: the
 * agent can neither read, overwrite nor delete a real one.
 *
 * If the agent can move its own home, only that is private; otherwise the agent
 * gets a private `HOME`, but the programs that it starts do not. What the run
 * stores there is copied back on disposal, after the run has ended; after a
 * kill, by the next command.
 *
 * @throws {AgentError} If the agent reads no login through a link.
 * @throws {BusyError} If another process holds the lock for too long.
 */
export async function makePrivateHome(
  options: PrivateHomeOptions,
): Promise<PrivateHome> {
  const { id, version, dir, agent, system = realSystem } = options;
  const layout = withLink(layoutAt(dir, { agent }));
  await beginHome(layout, id, { system });
  try {
    await makeRealFolders(layout, version);
    const part = await agentPart(layout, options);
    const isMovable = agent.homes.isMovable(version);
    if (isMovable) {
      await recordParts(layout, id, [part]);
      await makePart(part);
    }
    const home = isMovable ? undefined : await makeHome(layout, part, options);
    await writeLogin(layout, part, options.credential, system.now());
    return {
      env: {
        ...(home ? await homeVariables(layout, home, options) : {}),
        ...agent.homes.variables(part.at),
        ...dirVariables(agent.program, {
          dir: layout.root,
          outer: runtime.host.variable(RUN_DIRS_VARIABLE),
        }),
      },
      [Symbol.asyncDispose]: () => endHome(layout, options),
    };
  } catch (error) {
    await endHome(layout, options);
    throw error;
  }
}

/** The home is inside the user's if it must be, and we may write there. */
async function makeHome(
  layout: Layout,
  part: HomePart,
  options: PartsOptions,
): Promise<HomePart> {
  const { id } = options;
  const { files } = runtime;
  let home = await homePart(layout, options, true);
  await recordParts(layout, id, [part, home]);
  try {
    await makePart({ ...home, seen: {} });
  } catch {
    home = await homePart(layout, options, false);
    await files.remove(filesOfHome(layout, id).record);
    await recordParts(layout, id, [part, home]);
  }
  await makePart(home);
  await makePart(part);
  await files.link(part.at, entryOf(home.at, layout.agent.homes.name));
  return home;
}

/** Returns the variables that point only the agent to `home`. */
async function homeVariables(
  layout: Layout,
  home: HomePart,
  { id, agent }: PrivateHomeOptions,
): Promise<Record<string, string>> {
  if (!agent.preload) return { HOME: home.at };
  const path = filesOfHome(layout, id).preload;
  const paths = { path, home: home.at, realHome: home.of };
  const text = agent.preload.homeModule(paths);
  await create(path, text);
  return { HOME: home.at, NODE_OPTIONS: preloadOption(path) };
}

async function writeLogin(
  { agent: { login } }: LinkedLayout,
  { at }: HomePart,
  { token, baseUrl }: PrivateHomeOptions["credential"],
  now: number,
): Promise<void> {
  const given = {
    accessToken: token,
    refreshToken: NO_REFRESH_TOKEN,
    expiresAt: now + TEN_YEARS_MS,
  };
  const bytes = login.format(given, baseUrl);
  await runtime.files.create(`${at}/${login.file}`, bytes, FILE_MODE);
}

interface KeyHomeOptions extends HomeOfRun {
  /** The version of the agent; `undefined` if it may be any. */
  version: string | undefined;
  file: FileOfRun;
  /** The file that takes the place of one of the user's. @default none */
  envFile?: FileOfRun | undefined;
}

/** A file that is for one run. */
export interface FileOfRun {
  /** Its name in the home. */
  name: string;
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
    await create(filesOfHome(layout, id).given, file.content);
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
