import type { Provider } from "../providers/provider.ts";
import { runtime } from "../runtime/mod.ts";
import { SessionLog } from "./session_log.ts";

/** What a session is started with. */
export interface SessionOptions {
  /** The CLI. */
  provider: Provider;
  /** The version of the CLI; `undefined` if unknown. */
  version: string | undefined;
  /** The CLI's arguments. */
  args: readonly string[];
  /** The folder of the accounts, where the CLI also keeps its logs. */
  dir: string;
}

/** A session of the CLI that is about to begin. */
export interface Session {
  /** The CLI's arguments, with an id for the session where it takes one. */
  args: readonly string[];
  /** What the CLI will write of it. */
  log: SessionLog;
}

/**
 * Makes out where the CLI will write the log of its next session: under an id
 * of ours where the version takes one; at the end of the log of the session
 * that it goes on with; else in the file that is new by then. If there are
 * several new ones, other runs are under way, and none is believed.
 */
export async function prepareSession(
  options: SessionOptions,
): Promise<Session> {
  const { provider, version, args, dir } = options;
  const folder = provider.sessionFolder(dir, runtime.host.cwd());
  const id = crypto.randomUUID();
  const idArgs = provider.sessionArgs(id, args, version);
  if (idArgs) {
    const path = `${folder}/${id}.jsonl`;
    const find = async () => await runtime.files.info(path) && path;
    return { args: [...idArgs, ...args], log: new SessionLog(find) };
  }
  const names = await runtime.files.list(folder);
  const resumed = await findResumed(folder, names, options);
  if (resumed) {
    const { path, size } = resumed;
    return { args, log: new SessionLog(() => Promise.resolve(path), size) };
  }
  const before = new Set(names);
  const log = new SessionLog(async () => {
    const names = await runtime.files.list(folder);
    const [name, another] = names.filter((it) => !before.has(it));
    return name && !another ? `${folder}/${name}` : undefined;
  });
  return { args, log };
}

/** The log of the session to go on with, if there is one, as it is now. */
async function findResumed(
  folder: string,
  names: readonly string[],
  { provider, args }: SessionOptions,
): Promise<{ path: string; size: number } | undefined> {
  const id = provider.sessionOf(args);
  if (id === undefined && !provider.continuesNewest(args)) return undefined;
  const logs = names.filter((it) =>
    id === undefined ? it.endsWith(".jsonl") : it === `${id}.jsonl`
  );
  const found = await Promise.all(logs.map(async (name) => {
    const path = `${folder}/${name}`;
    const { size = 0, mtimeMs = 0 } = await runtime.files.info(path) ?? {};
    return { path, size, mtimeMs };
  }));
  return found.toSorted((a, b) => b.mtimeMs - a.mtimeMs)[0];
}
