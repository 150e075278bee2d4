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
import { homeFolder, type HomePlace } from "./home_place.ts";

/** Part of the temporary name of a file whose login is also in its place. */
export const COPY = ".copy";

/** Thrown at the first change of a call that does not hold the agent's locks. */
export const LOCKS_NEEDED: Error = new Error("the agent's locks are needed");

/** How to work on the logins. */
export interface HomeVaultOptions {
  /** Whether the agent's locks are held. */
  isLocked: boolean;
  now: number;
  notify: Notify;
}

/** The changes of single files and folders, which need the agent's locks. */
export class HomeFiles {
  /** Where the logins are. */
  readonly place: HomePlace;
  /** The time, epoch milliseconds. */
  readonly now: number;
  readonly #options: HomeVaultOptions;

  /** Works on the files of `place`. */
  constructor(place: HomePlace, options: HomeVaultOptions) {
    this.place = place;
    this.now = options.now;
    this.#options = options;
  }

  /** Throws unless the agent's locks are held. */
  requireLocks(): void {
    if (!this.#options.isLocked) throw LOCKS_NEEDED;
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
}
