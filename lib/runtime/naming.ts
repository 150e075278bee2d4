/** How Deno's message ends where it names neither the call nor the file. */
const DENO_UNNAMED = /\(os error \d+\)$/;

/** The same of Node and Bun, which name the call. */
const NODE_UNNAMED = /, \w+$/;

/**
 * Names the file, and the system call, where the system refuses something on an
 * open file.
 */
export async function naming<T>(
  path: string,
  action: () => Promise<T>,
  call = "write",
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof Error) {
      const { message } = error;
      if (DENO_UNNAMED.test(message)) error.message += `: ${call} '${path}'`;
      else if (NODE_UNNAMED.test(message)) error.message += ` '${path}'`;
    }
    throw error;
  }
}
