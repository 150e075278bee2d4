const CACHE = `${Deno.realPathSync(new URL("..", import.meta.url))}/.cache`;

/** How often to report the progress of a download. */
const TELL_INTERVAL_MS = 3_000;

/** How to install. */
export interface NpmInstallOptions {
  /**
   * Whether a package for another kind of machine is allowed.
   *
   * @default false
   */
  anyPlatform?: boolean;
  /** Called with the progress of a download. @default nothing */
  say?: ((line: string) => void) | undefined;
}

/** Whether `npmInstall(name)` would have nothing to download. */
export async function isNpmCached(name: string): Promise<boolean> {
  return await exists(`${CACHE}/${name}`);
}

/**
 * Installs the npm package `spec` into a folder `name` of `.cache/` of the
 * checkout, unless it exists, and returns the folder.
 *
 * @throws {Error} If it does not exist and npm cannot get it.
 */
export async function npmInstall(
  name: string,
  spec: string,
  { anyPlatform = false, say }: NpmInstallOptions = {},
): Promise<string> {
  // A folder gets its final name only when it is complete, and the lock lets
  // one process install while the others wait for it.
  const folder = `${CACHE}/${name}`;
  if (await exists(folder)) return folder;
  await Deno.mkdir(CACHE, { recursive: true });
  using lock = await Deno.open(`${CACHE}/${name}.lock`, {
    create: true,
    write: true,
  });
  await lock.lock(true);
  if (await exists(folder)) return folder;
  const temporary = await Deno.makeTempDir({ dir: CACHE, prefix: `${name}.` });
  try {
    // Finds out within seconds whether npm can be reached; an install may take
    // minutes for that.
    await npm(["view", spec, "version", "--fetch-timeout=8000"], temporary);
    {
      using _progress = say && tellProgress(temporary, { spec, say });
      await npm([
        "install",
        ...["--ignore-scripts", "--omit=optional", "--no-package-lock"],
        ...["--no-save", "--no-audit", "--no-fund"],
        ...(anyPlatform ? ["--force"] : []),
        spec,
      ], temporary);
    }
    await Deno.rename(temporary, folder);
  } catch (error) {
    await Deno.remove(temporary, { recursive: true });
    throw new Error(`Cannot install "${spec}" from npm`, { cause: error });
  }
  return folder;
}

/** Reports how much of `spec` is in `folder`, until disposed of and once then. */
function tellProgress(
  folder: string,
  { spec, say }: { spec: string; say: (line: string) => void },
): Disposable {
  const startedAt = performance.now();
  const tell = (state: string) => {
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    const megabytes = Math.round(sizeOf(folder) / 1e6);
    say(`  ${spec} from npm: ${megabytes} MB, ${seconds} s${state}`);
  };
  tell(" ...");
  const timer = setInterval(() => tell(" ..."), TELL_INTERVAL_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      tell("");
    },
  };
}

/** The size of the files below a folder in which npm moves files about. */
function sizeOf(folder: string): number {
  let size = 0;
  try {
    for (const { name, isDirectory, isFile } of Deno.readDirSync(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) size += sizeOf(path);
      if (isFile) size += Deno.lstatSync(path).size;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return size;
}

async function npm(args: readonly string[], folder: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("npm", {
    args: [...args, "--prefix", folder, "--fetch-retries=1"],
    env: {
      HOME: folder,
      npm_config_cache: `${CACHE}/npm`,
      npm_config_userconfig: Deno.env.get("npm_config_userconfig") ??
        `${Deno.env.get("HOME")}/.npmrc`,
      npm_config_fetch_retry_mintimeout: "1000",
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  throw new Error(`npm ${args[0]}: ${new TextDecoder().decode(stderr).trim()}`);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
