import { RUN_VARIABLE } from "../process/run_variables.ts";
import { runtime } from "../runtime/mod.ts";
import { messageOf } from "../runtime/message_of.ts";
import { copyBack } from "../store/copy_back.ts";
import { entryOf, NO_REFRESH_TOKEN } from "../store/home_entries.ts";
import {
  beginHome,
  homeFolder,
  type HomePart,
  homesLock,
  preloadPath,
  processPath,
  recordParts,
  recordPath,
} from "../store/homes.ts";
import { FILE_MODE, type Layout, layoutAt } from "../store/layout.ts";
import { withLock } from "../store/lock.ts";
import { type Notify, realSystem, type System } from "../system.ts";
import {
  hasQwenHome,
  homePart,
  makePart,
  makeRealFolders,
  type PartsOptions,
  qwenPart,
} from "./private_home_parts.ts";
import { preloadOption } from "./preload_parts.ts";
import { preloadText } from "./private_home_preload.ts";

/** What a run is to find in its private home. */
export interface PrivateHomeOptions extends PartsOptions {
  /** The folder of the accounts. */
  dir: string;
  /** The login that the CLI finds there. */
  credential: {
    /** What it sends with each request; good for this run only. */
    token: string;
    /** The base URL that it sends requests to. */
    baseUrl: string;
  };
  /** Hears of what goes wrong. @default nobody */
  notify?: Notify | undefined;
  /** @default realSystem */
  system?: Pick<System, "now" | "elapsed" | "sleep">;
}

/** A private home; disposing of it brings home what the run has put there. */
export interface PrivateHome extends AsyncDisposable {
  /**
   * The variables that lead the CLI there, and our own commands past it. Those
   * in `NODE_OPTIONS` are to be joined to what the CLI is given otherwise.
   */
  env: Readonly<Record<string, string>>;
}

/** The CLI asks for no new tokens before that. */
const TEN_YEARS_MS = 10 * 365 * 86_400_000;

/**
 * Makes a home for one run of the CLI in which it finds everything of the user
 * but the logins, by links, and a login that is good for this run only: it can
 * neither see nor overwrite nor remove a real one.
 *
 * From 0.21.2 on that is a `QWEN_HOME`, before that a `HOME` that only the CLI
 * has, not what it starts. What the run puts there is brought home when it is
 * disposed of, after the run has ended; of a killed process, by the next command.
 *
 * @throws {LockTimeoutError} If another process holds the lock for too long.
 */
export async function makePrivateHome(
  options: PrivateHomeOptions,
): Promise<PrivateHome> {
  const { id, version, dir, system = realSystem } = options;
  const layout = layoutAt(dir);
  await beginHome(layout, id, { system });
  try {
    await makeRealFolders(layout, version);
    const qwen = await qwenPart(layout, options);
    const home = hasQwenHome(version)
      ? await makeQwenHome(layout, id, qwen)
      : await makeHome(layout, qwen, options);
    await giveLogin(qwen, options.credential, system.now());
    return {
      env: {
        ...(home ? await leadHome(layout, home, id) : {}),
        QWEN_HOME: qwen.at,
        ACCOUNT_QWEN_DIR: layout.root,
      },
      [Symbol.asyncDispose]: () => endHome(layout, options),
    };
  } catch (error) {
    await endHome(layout, options);
    throw error;
  }
}

async function makeQwenHome(
  layout: Layout,
  id: string,
  qwen: HomePart,
): Promise<undefined> {
  await recordParts(layout, id, [qwen]);
  await makePart(qwen);
}

/** In the user's home where it must be there, unless we may not write there. */
async function makeHome(
  layout: Layout,
  qwen: HomePart,
  options: PartsOptions,
): Promise<HomePart> {
  const { id } = options;
  const { files } = runtime;
  let home = await homePart(layout, options, true);
  await recordParts(layout, id, [qwen, home]);
  try {
    await makePart({ ...home, seen: {} });
  } catch {
    home = await homePart(layout, options, false);
    await files.remove(recordPath(layout, id));
    await recordParts(layout, id, [qwen, home]);
  }
  await makePart(home);
  await makePart(qwen);
  await files.link(qwen.at, entryOf(home.at, ".qwen"));
  return home;
}

/** Returns the variables that lead the CLI into `home`, and only the CLI. */
async function leadHome(
  layout: Layout,
  home: HomePart,
  id: string,
): Promise<Record<string, string>> {
  const path = preloadPath(layout, id);
  const text = preloadText({ path, home: home.at, realHome: home.of });
  const bytes = new TextEncoder().encode(text);
  await runtime.files.create(path, bytes, FILE_MODE);
  return { HOME: home.at, NODE_OPTIONS: preloadOption(path) };
}

async function giveLogin(
  { at }: HomePart,
  { token, baseUrl }: PrivateHomeOptions["credential"],
  now: number,
): Promise<void> {
  const login = {
    access_token: token,
    refresh_token: NO_REFRESH_TOKEN,
    token_type: "Bearer",
    resource_url: baseUrl,
    expiry_date: now + TEN_YEARS_MS,
  };
  const bytes = new TextEncoder().encode(JSON.stringify(login));
  await runtime.files.create(`${at}/oauth_creds.json`, bytes, FILE_MODE);
}

/** Brings home what the run has left; what cannot be, the next command does. */
async function endHome(
  layout: Layout,
  { id, notify = () => {}, system = realSystem }: PrivateHomeOptions,
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
      // The run is over, whatever has to stay.
      await files.remove(processPath(layout, id));
    }, { system });
  } catch (error) {
    notify(
      `cannot copy back the files of the run; the next command tries again: ` +
        messageOf(error),
    );
  }
}
