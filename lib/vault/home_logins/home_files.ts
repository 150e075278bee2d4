import { FILE_MODE } from "../../disk/layout.ts";
import { moveFile } from "../../disk/files.ts";
import { dirname, temporaryName } from "../../disk/names.ts";
import {
  makeFolder,
  secureFile,
  secureFolder,
} from "../../disk/permissions.ts";
import { runtime } from "../../system/mod.ts";
import type { Notify } from "../../system/system.ts";
import {
  type AgentLocksOptions,
  withAgentLocks,
} from "../settle/agent_locks.ts";
import { homeFile, homeFolder, type HomePlace } from "./home_place.ts";

/** Part of the temporary name of a file whose login is also in its place. */
export const COPY = ".copy";

/** Part of the temporary name of what an account is about to get. */
export const NEXT = ".next";

/** Thrown at the first change of a call that does not hold the agent's locks. */
export const LOCKS_NEEDED: Error = new Error("the agent's locks are needed");

/** How to work on the logins. */
export interface HomeVaultOptions extends Pick<AgentLocksOptions, "system"> {
  /**
   * The folders whose locks of the agent are held, such as its home.
   *
   * @default none: a call that would change something throws `LOCKS_NEEDED`
   */
  locked?: readonly string[] | undefined;
  now: number;
  notify: Notify;
  /** Whether a run with account `index` is under way. @default none is */
  isInUse?: ((index: number) => Promise<boolean>) | undefined;
}

/** The changes of single files and folders, which need the agent's locks. */
export class HomeFiles {
  /** Where the logins are. */
  readonly place: HomePlace;
  /** The time, epoch milliseconds. */
  readonly now: number;
  readonly #options: HomeVaultOptions;
  readonly #locked: Set<string>;

  /** Works on the files of `place`. */
  constructor(place: HomePlace, options: HomeVaultOptions) {
    this.place = place;
    this.now = options.now;
    this.#options = options;
    this.#locked = new Set(options.locked);
  }

  /** Throws unless the agent's locks are held. */
  requireLocks(): void {
    if (!this.#options.locked) throw LOCKS_NEEDED;
  }

  /**
   * Runs `action` under the agent's locks of the folder of account `index`, so
   * that no run writes its login meanwhile. Waits for one that is refreshing it.
   *
   * @throws {BusyError} If a run still holds a lock after `timeoutMs`.
   */
  async withFolder<T>(
    index: number,
    action: () => Promise<T>,
    { timeoutMs }: Pick<AgentLocksOptions, "timeoutMs"> = {},
  ): Promise<T> {
    this.requireLocks();
    const folder = homeFolder(this.place, index);
    if (this.#locked.has(folder)) return await action();
    this.#locked.add(folder);
    try {
      const locks = this.place.format.locks(folder);
      const { system } = this.#options;
      return await withAgentLocks(locks, action, { system, timeoutMs });
    } finally {
      this.#locked.delete(folder);
    }
  }

  /**
   * Whether a run could overwrite a login that account `index` gets now: an
   * agent that refreshes without a lock may be about to write its new tokens.
   */
  async isInUse(index: number): Promise<boolean> {
    const { isInUse } = this.#options;
    if (this.place.format.refreshesOnce) return false;
    return await isInUse?.(index) ?? false;
  }

  /** Creates the folder of account `index`, or revokes the access of others. */
  async openFolder(index: number): Promise<void> {
    this.requireLocks();
    const folder = homeFolder(this.place, index);
    if (!await runtime.files.info(folder)) await makeFolder(folder);
    else await secureFolder(folder, this.#options.notify);
  }

  /** Moves a file to the unused name `to`, also to another file system. */
  async move(from: string, to: string): Promise<void> {
    this.requireLocks();
    await moveFile(from, to);
    for (const folder of new Set([dirname(from), dirname(to)])) {
      await runtime.files.syncFolder(folder);
    }
  }

  /** Writes `bytes` to a temporary file beside `path`; returns its path. */
  async write(path: string, bytes: Uint8Array): Promise<string> {
    this.requireLocks();
    const copy = temporaryName(`${path}${COPY}`);
    try {
      await runtime.files.create(copy, bytes, FILE_MODE);
      return copy;
    } catch (error) {
      await runtime.files.remove(copy);
      throw error;
    }
  }

  /** Replaces the file at `path` by `copy`, which `write` has made beside it. */
  async put(copy: string, path: string): Promise<void> {
    await runtime.files.rename(copy, path);
    await runtime.files.syncFolder(dirname(path));
  }

  /** Revokes the access of others to the file at `path`. */
  async secure(path: string): Promise<void> {
    this.requireLocks();
    await secureFile(path, this.#options.notify);
  }

  /**
   * Moves the login at `path` into the folder of account `index`, under a
   * temporary name that says that the account gets it. `finishRestore()` gives
   * it to the account, now or in a later call.
   */
  async giveLater(index: number, path: string): Promise<void> {
    await this.openFolder(index);
    await this.secure(path);
    const file = homeFile(this.place, index);
    await this.move(path, temporaryName(`${file}${NEXT}`));
  }
}
