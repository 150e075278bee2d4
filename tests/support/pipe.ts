import { within } from "./deadline.ts";

/**
 * Makes a named pipe, at which each end waits for the other.
 *
 * @throws {Error} If that is not possible.
 */
export async function makePipe(path: string): Promise<void> {
  const args = ["-m", "600", path];
  const { success } = await new Deno.Command("mkfifo", { args }).output();
  if (!success) throw new Error(`Cannot make the named pipe "${path}"`);
}

/**
 * Opens a named pipe for writing when a program reads from it.
 *
 * @throws {Error} If no program does within a minute, or if `running` ends
 * before.
 */
export async function openPipe(
  path: string,
  running?: Promise<unknown>,
): Promise<Deno.FsFile> {
  const opening = Deno.open(path, { write: true });
  return await orRelease(opening, { path, running, end: (it) => it.close() });
}

/**
 * Returns what a program writes to a named pipe, once it has closed it.
 *
 * @throws {Error} If no program does within a minute, or if `running` ends
 * before.
 */
export async function readPipe(
  path: string,
  running?: Promise<unknown>,
): Promise<string> {
  const reading = Deno.readTextFile(path);
  return await orRelease(reading, { path, running, end: () => {} });
}

/** Only the other end releases a thread that opens a pipe. */
async function orRelease<T>(
  opening: Promise<T>,
  { path, running, end }: {
    path: string;
    running: Promise<unknown> | undefined;
    end: (opened: T) => void;
  },
): Promise<T> {
  try {
    const what = `the other end of ${path}`;
    return await within(opening, { what, running });
  } catch (error) {
    Deno.openSync(path, { read: true, write: true }).close();
    end(await opening);
    throw error;
  }
}
