/** How a message ends that names no file, and what is said before the name. */
const UNNAMED = [
  [/\(os error \d+\)$/, ": write"], // Deno's
  [/, \w+$/, ""], // Node's
] as const;

/** Names the file where the system refuses to write to an open one. */
export async function naming<T>(
  path: string,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof Error) {
      const { message } = error;
      const [, before] = UNNAMED.find(([end]) => end.test(message)) ?? [];
      if (before !== undefined) error.message += `${before} '${path}'`;
    }
    throw error;
  }
}
