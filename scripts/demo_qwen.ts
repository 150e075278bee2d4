import { isRealQwenCached, realQwen } from "../tests/support/real_qwen.ts";

const VERSION = "0.24.4";

/** The `qwen` of the demo. */
export interface DemoQwen {
  /** A `PATH` on which it comes first. */
  path: string;
  /** A description for the output. */
  description: string;
}

/**
 * Returns the real `qwen` from npm. If that is unavailable, or `isOurProgram`
 * asks for it, writes a stand-in to `folder`.
 */
export async function findQwen(
  folder: string,
  options: { isOurProgram: boolean },
): Promise<DemoQwen> {
  if (options.isOurProgram) return await standIn(folder, "as asked");
  try {
    const isCached = await isRealQwenCached(VERSION);
    if (!isCached) {
      console.log(`Downloading qwen ${VERSION} and Node 22 from npm, once:`);
    }
    const say = (line: string) => console.log(line);
    const { bin, path } = await realQwen(VERSION, { say });
    if (!isCached) console.log();
    return {
      path: `${bin.slice(0, bin.lastIndexOf("/"))}:${path}`,
      description: `the real one, ${VERSION} from npm, on Node 22`,
    };
  } catch {
    return await standIn(folder, "npm does not give the real one");
  }
}

async function standIn(folder: string, reason: string): Promise<DemoQwen> {
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
    path: `${folder}/bin:${Deno.env.get("PATH")}`,
    description: `a stand-in of 50 lines (${reason})`,
  };
}
