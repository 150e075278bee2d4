import type { Agent, Keyed } from "../../agents/agent.ts";
import {
  dirVariables,
  RUN_DIRS_VARIABLE,
  RUN_VARIABLE,
} from "../../process/run_variables.ts";
import { runtime } from "../../system/mod.ts";
import { messageOf } from "../../system/message_of.ts";
import { copyBack } from "./copy_back.ts";
import {
  beginHome,
  entryOf,
  homeFolder,
  type HomePart,
  homesLock,
  NO_REFRESH_TOKEN,
  preloadPath,
  processPath,
  recordParts,
  recordPath,
} from "./homes.ts";
import {
  FILE_MODE,
  type Layout,
  layoutAt,
  type LinkedLayout,
  withLink,
} from "../../disk/layout.ts";
import { withLock } from "../../disk/lock.ts";
import { type Notify, realSystem, type System } from "../../system/system.ts";
import {
  agentPart,
  homePart,
  makePart,
  makeRealFolders,
  type PartsOptions,
} from "./private_home_parts.ts";
import { preloadOption } from "../../agents/formats.ts";

/** The run that a private home is for. */
export interface HomeOfRun {
  /** The id of the run. */
  id: string;
  /** Called with failures. @default not called */
  notify?: Notify | undefined;
  /** @default realSystem */
  system?: Pick<System, "now" | "elapsed" | "sleep">;
}

/** What a run finds in its private home. */
interface PrivateHomeOptions extends HomeOfRun, PartsOptions {
  /** The agent. */
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

/**
 * A private home. Disposing of it copies back what the run has stored there.
 */
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
    const home = agent.homes.isMovable(version)
      ? await makeAgentHome(layout, id, part)
      : await makeHome(layout, part, options);
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

async function makeAgentHome(
  layout: Layout,
  id: string,
  part: HomePart,
): Promise<undefined> {
  await recordParts(layout, id, [part]);
  await makePart(part);
}

/**
 * Creates the home inside the user's home if it must be there and we may write
 * there.
 */
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
    await files.remove(recordPath(layout, id));
    await recordParts(layout, id, [part, home]);
  }
  await makePart(home);
  await makePart(part);
  await files.link(part.at, entryOf(home.at, layout.agent.homes.name));
  return home;
}

/**
 * Returns the variables that point the agent, and only the agent, to `home`.
 */
async function homeVariables(
  layout: Layout,
  home: HomePart,
  { id, agent }: PrivateHomeOptions,
): Promise<Record<string, string>> {
  if (!agent.preload) return { HOME: home.at };
  const path = preloadPath(layout, id);
  const paths = { path, home: home.at, realHome: home.of };
  const text = agent.preload.homeModule(paths);
  const bytes = new TextEncoder().encode(text);
  await runtime.files.create(path, bytes, FILE_MODE);
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

/** Copies back what the run has left. The next command does what fails now. */
export async function endHome(
  layout: Layout,
  { id, notify = () => {}, system = realSystem }: HomeOfRun,
): Promise<void> {
  const { files, host } = runtime;
  try {
    await withLock(homesLock(layout), async () => {
      const processes = await host.processesOf(-1, RUN_VARIABLE, id);
      if (processes.length > 0) {
        notify(
          `a process that the run started is still running in ` +
            `${homeFolder(layout, id)}: a later command copies its files back`,
        );
      } else {
        const { kept, stays } = await copyBack(layout, id, system.now());
        for (const path of kept) {
          notify(`a run left two versions of a file; one is kept as ${path}`);
        }
        for (const { path, reason } of stays) {
          notify(`cannot copy back ${path}: ${reason}`);
        }
      }
      // The run is over, even if some files have to stay.
      await files.remove(processPath(layout, id));
    }, { system });
  } catch (error) {
    notify(
      `cannot copy back the files of the run; the next command tries again: ` +
        messageOf(error),
    );
  }
}
