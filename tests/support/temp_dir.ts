/** A temporary folder that is removed after the test. */
export interface TempDir extends AsyncDisposable {
  /** Its absolute path. */
  path: string;
}

/** Where to make it. */
export interface TempDirOptions {
  /**
   * Whether to make it in memory, if the system can: a sync costs nothing
   * there.
   */
  inMemory?: boolean;
}

/** Makes a temporary folder; use it with `await using`. */
export async function tempDir(
  { inMemory = false }: TempDirOptions = {},
): Promise<TempDir> {
  const prefix = "account-qwen-test-";
  const path = inMemory && Deno.build.os === "linux"
    ? await Deno.makeTempDir({ prefix, dir: "/dev/shm" })
    : await Deno.makeTempDir({ prefix });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
