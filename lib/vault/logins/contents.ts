import { errorCode, runtime } from "../../system/mod.ts";
import { digestOf } from "../../disk/bytes.ts";
import { MAX_CREDENTIAL_BYTES } from "./credential_file.ts";
import { inBatches } from "../../disk/files.ts";

type Paths = Map<string, string[]>;

/**
 * Finds files by their content. Reads each file at most once, because the stash
 * and the generations may have thousands of files: comparing each file with
 * each other one would take minutes.
 *
 * Use an instance only while the lock is held, or for one reading without it.
 */
export class Contents {
  readonly #paths: readonly string[];
  #bySize: Promise<Map<number, string[]>> | undefined;
  readonly #byDigest = new Map<number, Promise<Paths>>();

  /** Creates an index of the files at `paths`; nothing is read yet. */
  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /** Returns the paths of the files that contain `bytes`, in their order. */
  async find(bytes: Uint8Array): Promise<readonly string[]> {
    this.#bySize ??= this.#measure();
    const paths = (await this.#bySize).get(bytes.length);
    if (!paths) return [];
    let digests = this.#byDigest.get(bytes.length);
    if (!digests) {
      digests = readAll(paths);
      this.#byDigest.set(bytes.length, digests);
    }
    return (await digests).get(await digestOf(bytes)) ?? [];
  }

  async #measure(): Promise<Map<number, string[]>> {
    const sizes = await inBatches(this.#paths, async (path) => {
      const info = await runtime.files.info(path);
      return { path, size: info?.kind === "file" ? info.size : undefined };
    });
    const bySize = new Map<number, string[]>();
    for (const { path, size } of sizes) {
      if (size !== undefined) add(bySize, size, path);
    }
    return bySize;
  }
}

async function readAll(paths: readonly string[]): Promise<Paths> {
  const digests = await inBatches(paths, digestAt);
  const byDigest: Paths = new Map();
  for (const [at, path] of paths.entries()) {
    const digest = digests[at];
    if (digest !== undefined) add(byDigest, digest, path);
  }
  return byDigest;
}

/** A file that cannot be read, or is too large, has no digest. */
async function digestAt(path: string): Promise<string | undefined> {
  try {
    const bytes = await runtime.files.read(path, MAX_CREDENTIAL_BYTES);
    return bytes && await digestOf(bytes);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}

function add<K>(map: Map<K, string[]>, key: K, path: string): void {
  const paths = map.get(key);
  if (paths) paths.push(path);
  else map.set(key, [path]);
}
