import type { Agent, Keyed } from "../agents/agent.ts";
import {
  MAX_ENV_FILE_BYTES,
  parseEnvFile,
  splitEnvFile,
} from "../agents/env_file.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import type { Layout } from "../disk/layout.ts";
import {
  AGENT_HOME_VARIABLES,
  dirVariables,
  RUN_DIRS_VARIABLE,
} from "../process/run_variables.ts";
import { messageOf } from "../system/message_of.ts";
import { runtime } from "../system/mod.ts";
import type { Notify, System } from "../system/system.ts";
import { shareEntries } from "../vault/home_logins/account_home.ts";
import {
  type LoginPlace,
  loginPlace,
} from "../vault/home_logins/login_accounts.ts";

/** How to prepare the folder with the login of an account. */
interface StoreOptions {
  layout: Layout;
  /** The version of the agent; `undefined` if unknown. */
  version: string | undefined;
  /** Called with what could not be shared with other runs. */
  notify: Notify;
  system: System;
}

/** The home of the agent for a run. Disposing of it ends its use. */
export interface OpenedHome extends AsyncDisposable {
  /** Its path. */
  dir: string;
  /**
   * Variables that point the agent to its login, and our own commands past the
   * home.
   */
  env: Readonly<Record<string, string>>;
  /** Exceptions from a proxy that override those of the environment, if any. */
  exceptions?: Readonly<Record<string, string>> | undefined;
}

const NOTHING_TO_END: AsyncDisposable = { async [Symbol.asyncDispose]() {} };

/**
 * Opens the home of the agent for a run: the user's, that of an account with a
 * login, or one of the run if it gets its key in a file and asks a model.
 *
 * @throws {BusyError} If another process holds the lock for too long.
 */
export async function openHome(
  agent: Keyed<Agent>,
  options: StoreOptions & {
    args: readonly string[];
    /** The key, or the folder with the login. */
    access: { key?: KeyOfRun | undefined; store?: string | undefined };
    runId: string;
  },
): Promise<OpenedHome> {
  const { access: { key, store }, args, layout, runId } = options;
  if (!key && store !== undefined) return await openStore(store, options);
  const { file } = agent.keys;
  if (!key || !file || agent.read(args).asksNothing) {
    return { dir: layout.home, env: {}, ...NOTHING_TO_END };
  }
  const { name, format, envFile } = file;
  const ofUser = await takeApart(`${layout.home}/${envFile}`, agent);
  const { makeKeyHome } = await import("../vault/homes/private_home.ts");
  const home = await makeKeyHome(layout, {
    ...options,
    id: runId,
    file: { name, content: format(key.apiKey) },
    envFile: ofUser && { name: envFile, content: ofUser.others },
  });
  return {
    dir: home.dir,
    env: variablesForUs(layout, home.dir),
    exceptions: ofUser?.exceptions,
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

/**
 * Opens the folder with the login of an account as the home of the agent, or as
 * the store of its login.
 *
 * @throws {BusyError} If another process holds the lock for too long.
 */
async function openStore(
  store: string,
  options: StoreOptions,
): Promise<OpenedHome> {
  const { layout, notify } = options;
  const { variables, isHome } = await prepareStore(store, options);
  if (!isHome) {
    return { dir: layout.home, env: variables, ...NOTHING_TO_END };
  }
  return {
    dir: store,
    env: { ...variables, ...variablesForUs(layout, store) },
    async [Symbol.asyncDispose]() {
      try {
        await shareEntries(layout, { ...options, folder: store });
      } catch (error) {
        notify(
          `cannot share what the run left in ${store}; the next run tries ` +
            `again: ${messageOf(error)}`,
        );
      }
    },
  };
}

/**
 * Prepares the folder with the login of an account. Returns the variables that
 * the agent needs, and with which our commands still find the user's home.
 *
 * @throws {BusyError} If another process holds the lock for too long.
 */
export async function prepareStore(
  store: string,
  { layout, ...options }: StoreOptions,
): Promise<LoginPlace> {
  const { variables, isHome } = loginPlace(layout, { ...options, store });
  if (!isHome) return { variables, isHome };
  await shareEntries(layout, { ...options, folder: store });
  return {
    variables: { ...variables, ...homeVariables(layout, store) },
    isHome,
  };
}

/** Returns the variables for our commands in a run whose home is `dir`. */
function variablesForUs(
  layout: Layout,
  dir: string,
): Record<string, string> {
  const outer = runtime.host.variable(RUN_DIRS_VARIABLE);
  return {
    ...dirVariables(layout.agent.program, { dir: layout.root, outer }),
    ...homeVariables(layout, dir),
  };
}

function homeVariables({ home }: Layout, dir: string): Record<string, string> {
  const { given, ofUser } = AGENT_HOME_VARIABLES;
  return { [given]: dir, [ofUser]: home };
}

/** What becomes of a file that overrides the environment of a run. */
interface EnvFileOfRun {
  /** What the agent still reads there. */
  others: string;
  /** The exceptions from a proxy, to which a run adds its own address. */
  exceptions: Record<string, string>;
}

/** The variables with the exceptions from a proxy. */
const EXCEPTIONS: readonly string[] = ["NO_PROXY", "no_proxy"];

/**
 * Takes the variables of a key, and the exceptions from a proxy, out of the file
 * at `path`; `undefined` if it has none. A file that cannot be read counts as
 * empty.
 */
async function takeApart(
  path: string,
  { keys }: Keyed<Agent>,
): Promise<EnvFileOfRun | undefined> {
  try {
    const bytes = await runtime.files.read(path, MAX_ENV_FILE_BYTES);
    if (!bytes) return undefined;
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const isException = (it: string) => EXCEPTIONS.includes(it);
    const { apart, others } = splitEnvFile(
      text,
      (it) => isException(it) || keys.conflicts(it),
    );
    if (apart === "") return undefined;
    const variables = await parseEnvFile(new TextEncoder().encode(apart));
    const exceptions = Object.entries(variables).filter(([it]) =>
      isException(it)
    );
    return { others, exceptions: Object.fromEntries(exceptions) };
  } catch {
    return { others: "", exceptions: {} };
  }
}
