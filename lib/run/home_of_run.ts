import type { Agent, Keyed } from "../agents/agent.ts";
import {
  MAX_ENV_FILE_BYTES,
  parseEnvFile,
  splitEnvFile,
} from "../agents/env_file.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import type { Layout } from "../disk/layout.ts";
import { runtime } from "../system/mod.ts";
import type { Notify, System } from "../system/system.ts";
import { makeKeyHome } from "../vault/homes/private_home.ts";
import { openStore, variablesForUs } from "./login_home.ts";

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

/**
 * Opens the home of the agent for a run: the user's, that of an account with a
 * login, or one of the run if it gets its key in a file and asks a model.
 *
 * @throws {BusyError} If another process holds the lock for too long.
 */
export async function openHome(
  agent: Keyed<Agent>,
  options: {
    args: readonly string[];
    /** The key, or the folder with the login. */
    access: { key?: KeyOfRun | undefined; store?: string | undefined };
    layout: Layout;
    runId: string;
    version: string | undefined;
    notify: Notify;
    system: System;
  },
): Promise<OpenedHome> {
  const { access: { key, store }, args, layout, runId } = options;
  if (!key && store !== undefined) return await openStore(store, options);
  const { file } = agent.keys;
  if (!key || !file || agent.read(args).asksNothing) {
    const end = () => Promise.resolve();
    return { dir: layout.home, env: {}, [Symbol.asyncDispose]: end };
  }
  const { name, format, envFile } = file;
  const ofUser = await takeApart(`${layout.home}/${envFile}`, agent);
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
