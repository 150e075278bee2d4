import type { SessionFormat, SessionStart } from "../agents/session_format.ts";
import { runtime } from "../system/mod.ts";

/** The logs of an agent's sessions in a folder. */
export class SessionLogs {
  readonly #sessions: SessionFormat;
  readonly #root: string;
  readonly #now: () => number;
  readonly #startedAt: number;

  /** Starts with the sessions that begin now, in `cwd`, by default our folder. */
  constructor(
    sessions: SessionFormat,
    { dir, cwd = runtime.host.cwd(), now }: {
      dir: string;
      cwd?: string | undefined;
      now: () => number;
    },
  ) {
    this.#sessions = sessions;
    this.#root = sessions.folder(dir, cwd);
    this.#now = now;
    this.#startedAt = now();
  }

  /** Returns the names of the logs of new sessions. */
  async names(): Promise<string[]> {
    return await runtime.files.list(this.#folder({ at: this.#startedAt }));
  }

  /** Finds the log of the new session `id`; its name must be `allowed`. */
  async find(
    id: string,
    isAllowed = (_name: string) => true,
  ): Promise<string | undefined> {
    return await this.findOnly((it) => this.isOf(id, it) && isAllowed(it));
  }

  /** Whether the log with this name or path is that of session `id`. */
  isOf(id: string, path: string): boolean {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const end = `${id}${this.#sessions.logEnding}`;
    return name === end || name.endsWith(`-${end}`);
  }

  /** Finds the only log of a new session whose name is `allowed`. */
  async findOnly(
    isAllowed: (name: string) => boolean,
  ): Promise<string | undefined> {
    const { logEnding } = this.#sessions;
    const times = [this.#startedAt, this.#now()];
    const paths: string[] = [];
    for (const folder of new Set(times.map((at) => this.#folder({ at })))) {
      const names = (await runtime.files.list(folder))
        .filter((it) => it.endsWith(logEnding) && isAllowed(it));
      paths.push(...names.map((it) => `${folder}/${it}`));
    }
    return paths.length === 1 ? paths[0] : undefined;
  }

  /** Returns the current log of session `id`, or else of the newest session. */
  async findResumed(
    id: string | undefined,
  ): Promise<{ path: string; size: number } | undefined> {
    const { logEnding, subfolder } = this.#sessions;
    // The newest one may be that of another folder.
    if (id === undefined && subfolder) return undefined;
    const folder = this.#folder({ id, at: this.#startedAt });
    const names = await runtime.files.list(folder);
    const logs = names.filter((it) =>
      id === undefined ? it.endsWith(logEnding) : this.isOf(id, it)
    );
    const found = await Promise.all(logs.map(async (name) => {
      const path = `${folder}/${name}`;
      const { size = 0, mtimeMs = 0 } = await runtime.files.info(path) ?? {};
      return { path, size, mtimeMs };
    }));
    return found.toSorted((a, b) => b.mtimeMs - a.mtimeMs)[0];
  }

  #folder(session: SessionStart): string {
    const { subfolder } = this.#sessions;
    return subfolder ? `${this.#root}/${subfolder(session)}` : this.#root;
  }
}
