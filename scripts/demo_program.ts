import { realClaude } from "../tests/support/real_claude.ts";
import { realCodex } from "../tests/support/real_codex.ts";
import { isRealQwenCached, realQwen } from "../tests/support/real_qwen.ts";
import { isNpmCached } from "./npm_install.ts";

/** The agent of the demo. */
export interface DemoProgram {
  /** A `PATH` on which it comes first. */
  path: string;
  /** A description for the output. */
  description: string;
}

/** How to get the real program of an agent. */
interface Download {
  version: string;
  /** What npm downloads, besides the version. */
  needs: string;
  /** What to say of a program from the cache. */
  origin: string;
  isCached(version: string): Promise<boolean>;
  /** Returns a `PATH` on which the program comes first. */
  get(version: string, say: (line: string) => void): Promise<string>;
}

const DOWNLOADS: Readonly<Record<string, Download>> = {
  qwen: {
    version: "0.24.4",
    needs: " and Node 22",
    origin: "from npm, on Node 22",
    isCached: isRealQwenCached,
    async get(version, say) {
      const { bin, path } = await realQwen(version, { say });
      return `${folderOf(bin)}:${path}`;
    },
  },
  codex: {
    version: "0.171.0",
    needs: "",
    origin: "from npm",
    isCached: (version) => isNpmCached(`codex-${version}`),
    get: async (version, say) =>
      pathFrom(folderOf(await realCodex(version, { say }))),
  },
  claude: {
    version: "2.1.332",
    needs: "",
    origin: "from npm",
    isCached: (version) => isNpmCached(`claude-${version}`),
    get: async (version, say) =>
      pathFrom(folderOf(await realClaude(version, { say }))),
  },
};

/**
 * Returns the real program of the agent `name` from npm. For `qwen`, writes a
 * stand-in to `folder` if npm does not give it, or if `isOurProgram` asks for
 * that.
 *
 * @throws {Error} If neither exists.
 */
export async function findProgram(
  name: string,
  { folder, isOurProgram }: { folder: string; isOurProgram: boolean },
): Promise<DemoProgram> {
  const download = DOWNLOADS[name];
  if (!download) throw new Error(`Cannot run "${name}": no such agent`);
  const hasStandIn = name === "qwen";
  if (isOurProgram) {
    if (!hasStandIn) throw new Error(`Cannot stand in for ${name}: only qwen`);
    return await standIn(folder, "as asked");
  }
  const { version, needs, origin } = download;
  try {
    const isCached = await download.isCached(version);
    if (!isCached) {
      console.log(`Downloading ${name} ${version}${needs} from npm, once:`);
    }
    const path = await download.get(version, (line) => console.log(line));
    if (!isCached) console.log();
    return { path, description: `the real one, ${version} ${origin}` };
  } catch (error) {
    if (!hasStandIn) throw error;
    return await standIn(folder, "npm does not give the real one");
  }
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf("/"));
}

function pathFrom(folder: string): string {
  return `${folder}:${Deno.env.get("PATH")}`;
}

async function standIn(folder: string, reason: string): Promise<DemoProgram> {
  const script = Deno.realPathSync(
    new URL("./stand_in_qwen.ts", import.meta.url),
  );
  await Deno.mkdir(`${folder}/bin`);
  await Deno.writeTextFile(
    `${folder}/bin/qwen`,
    `#!/bin/sh\nexec '${Deno.execPath()}' run --quiet --cached-only -A '${script}' "$@"\n`,
    { mode: 0o755 },
  );
  return {
    path: pathFrom(`${folder}/bin`),
    description: `a stand-in of 50 lines (${reason})`,
  };
}
