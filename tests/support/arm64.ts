/** The packages of Debian and Ubuntu that run programs for arm64. */
const PACKAGES = [
  ...["qemu-user", "libc6-arm64-cross", "libstdc++6-arm64-cross"],
];

/** The C library for arm64 in these packages. */
const LIBRARIES = "/usr/aarch64-linux-gnu";

/**
 * Returns the command line that precedes that of a program for Linux on arm64.
 * On another processor that is qemu, which root installs with apt-get(8) if it
 * is missing.
 *
 * @throws {Error} If programs for arm64 cannot run here.
 */
export async function arm64Command(): Promise<string[]> {
  if (Deno.build.arch === "aarch64") return [];
  const command = ["qemu-aarch64", "-L", LIBRARIES];
  if (await canRun(command)) return command;
  if (Deno.uid() === 0) {
    await succeeds("apt-get", ["-qq", "update"]);
    const flags = ["-qq", "--yes", "--no-install-recommends"];
    await succeeds("apt-get", ["install", ...flags, ...PACKAGES]);
    if (await canRun(command)) return command;
  }
  throw new Error(
    `Cannot run programs for arm64: apt-get install ${PACKAGES.join(" ")}`,
  );
}

async function canRun([program = ""]: readonly string[]): Promise<boolean> {
  const hasLibraries = await Deno.lstat(`${LIBRARIES}/lib/libstdc++.so.6`)
    .then(() => true, () => false);
  return hasLibraries && await succeeds(program, ["--version"]);
}

async function succeeds(
  program: string,
  args: readonly string[],
): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(program, {
      args: [...args],
      env: { DEBIAN_FRONTEND: "noninteractive" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
      signal: AbortSignal.timeout(60_000),
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
