import { type FileLock, type Files, runtime } from "../../lib/system/mod.ts";

/**
 * What happens at the chosen step: the process is killed; it halts forever with
 * its locks released, which leaves the same files without costing a process; or
 * the system call fails with a code.
 */
export type Fault = "SIGKILL" | "halt" | "ENOSPC" | "EIO";

/** Options of {@linkcode countingFiles}: where it fails, and how. */
export interface CountingFilesOptions {
  /** The number of the step that fails, from 1. @default none */
  failAt?: number | undefined;
  /** What happens instead. @default "SIGKILL" */
  fault?: Fault;
  /**
   * Whether the failure lasts: with `ENOSPC` for every later step that needs
   * space, with `EIO` for every later step.
   *
   * @default false
   */
  lasting?: boolean;
  /** Whether names can be swapped. @default true */
  canExchange?: boolean;
  /**
   * A folder that acts as a separate file system: nothing can be renamed into
   * it or out of it.
   *
   * @default none
   */
  volume?: string | undefined;
  /** Called before each step with its number. @default nothing */
  onStep?: (step: number) => void;
}

/** A file system that counts the steps that change something. */
export interface CountingFiles extends Files {
  /** The number of steps begun. */
  readonly steps: number;
  /** Resolves when the fault `"halt"` has happened. */
  readonly halted: Promise<void>;
  /**
   * Whether the last step that ended has changed nothing that another process
   * sees: it was a sync, or removed a name that was not there. A process that
   * is stopped before that step or after it leaves the same files.
   */
  readonly isSameAsBefore: boolean;
}

/** Whether a step needs space on the disk. */
type Call = "grow" | "change";

/**
 * Wraps `files` so that a process can be stopped, or a call can fail, before
 * any step that changes the disk.
 *
 * Each call is one step, except for `create`, which is three: the name, the
 * first half of the bytes, and the rest. Reading is not a step, nor is trying a
 * lock that another process holds.
 *
 * @example
 * ```ts
 * import { countingFiles } from "../support/counting_files.ts";
 * import { runtime } from "../../lib/system/mod.ts";
 *
 * runtime.files = countingFiles(runtime.files, { failAt: 3 });
 * ```
 */
export function countingFiles(
  files: Files,
  options: CountingFilesOptions = {},
): CountingFiles {
  const { failAt = Infinity, fault = "SIGKILL", onStep = () => {} } = options;
  const { lasting = false, canExchange = true, volume } = options;
  const halt = Promise.withResolvers<void>();
  const locks = new Set<FileLock>();
  let steps = 0;
  let isSameAsBefore = false;

  function isRefused(call: Call): boolean {
    if (steps === failAt) return true;
    return steps > failAt && lasting && (fault === "EIO" || call === "grow");
  }

  function areTogether(a: string, b: string): boolean {
    const isInVolume = (path: string) => path.startsWith(`${volume}/`);
    return isInVolume(a) === isInVolume(b);
  }

  async function step(call: Call): Promise<void> {
    onStep(++steps);
    if (isRefused(call)) await fail();
    isSameAsBefore = false;
  }

  async function fail(): Promise<never> {
    if (fault === "SIGKILL") runtime.host.kill(runtime.host.pid, "SIGKILL");
    else if (fault !== "halt") throw refusal(fault);
    for (const lock of locks) lock[Symbol.dispose]();
    halt.resolve();
    return await new Promise<never>(() => {});
  }

  return {
    ...files,
    halted: halt.promise,
    get steps() {
      return steps;
    },
    get isSameAsBefore() {
      return isSameAsBefore;
    },

    async makeFolder(path, mode) {
      await step("grow");
      await files.makeFolder(path, mode);
    },

    async createFolder(path, mode) {
      await step("grow");
      await files.createFolder(path, mode);
    },

    async create(path, bytes, mode) {
      const half = bytes.subarray(0, bytes.length / 2);
      await step("grow");
      for (const written of [new Uint8Array(), half]) {
        onStep(++steps);
        if (!isRefused("grow")) continue;
        await files.create(path, written, mode);
        await fail();
      }
      await files.create(path, bytes, mode);
    },

    async appendLine(path, line, mode) {
      await step("grow");
      await files.appendLine(path, line, mode);
    },

    async link(target, path) {
      await step("grow");
      await files.link(target, path);
    },

    async rename(from, to) {
      await step("change");
      if (!areTogether(from, to)) throw refusal("EXDEV");
      await files.rename(from, to);
    },

    async exchange(a, b) {
      if (!canExchange || !areTogether(a, b)) return false;
      await step("change");
      return await files.exchange(a, b);
    },

    async remove(path) {
      await step("change");
      const isRemoved = await files.remove(path);
      isSameAsBefore = !isRemoved;
      return isRemoved;
    },

    async chmod(path, mode) {
      await step("change");
      await files.chmod(path, mode);
    },

    async setModified(path, timeMs) {
      await step("change");
      await files.setModified(path, timeMs);
    },

    async syncFile(path) {
      await step("change");
      await files.syncFile(path);
      isSameAsBefore = true;
    },

    async syncFolder(path) {
      await step("change");
      await files.syncFolder(path);
      isSameAsBefore = true;
    },

    async tryLock(path, mode) {
      const lock = await files.tryLock(path, mode);
      if (!lock) return undefined;
      const held = {
        [Symbol.dispose]: () => {
          if (locks.delete(held)) lock[Symbol.dispose]();
        },
      };
      locks.add(held);
      try {
        await step("change");
        return held;
      } catch (error) {
        held[Symbol.dispose]();
        throw error;
      }
    },
  };
}

function refusal(code: "ENOSPC" | "EIO" | "EXDEV"): Error {
  return Object.assign(new Error(`${code}: refused by the test`), { code });
}
