import { parse } from "@std/yaml";
import { runtime } from "../runtime/mod.ts";

/** What `account-qwen.yaml` in the folder of the accounts says. */
export interface Config {
  /** `quota_patterns`: what says "out of quota" in an error of the CLI. */
  quotaPatterns: string[] | undefined;
}

const MAX_CONFIG_BYTES = 1024 * 1024;

/**
 * Reads the configuration in the folder `dir`; a missing file is an empty one.
 *
 * @throws {SyntaxError} If it is no YAML, a key is unknown, or a value is of
 * the wrong kind.
 */
export async function loadConfig(dir: string): Promise<Config> {
  const path = `${dir}/account-qwen.yaml`;
  const bytes = await runtime.files.read(path, MAX_CONFIG_BYTES);
  if (!bytes) return { quotaPatterns: undefined };
  try {
    const document = parse(new TextDecoder().decode(bytes), { schema: "core" });
    return readConfig(document ?? {});
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(`Cannot use "${path}": ${problem.split("\n")[0]}`);
  }
}

function readConfig(document: unknown): Config {
  if (
    typeof document !== "object" || document === null || Array.isArray(document)
  ) {
    throw new SyntaxError("it holds no mapping");
  }
  const { quota_patterns: patterns, ...others } = { ...document } as {
    quota_patterns?: unknown;
  };
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new SyntaxError(`unknown key "${unknown}"`);
  if (patterns === undefined) return { quotaPatterns: undefined };
  const isList = Array.isArray(patterns) && patterns.length > 0 &&
    patterns.every((it) => /^(?:string|number)$/.test(typeof it) && it !== "");
  if (!isList) throw new SyntaxError("quota_patterns is no list of texts");
  return { quotaPatterns: patterns.map(String) };
}
