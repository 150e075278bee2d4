/**
 * Checks that only `lib/agents` knows an agent: that no other file of `lib/`
 * names one, or its files, variables, versions or services, not even in a
 * comment. Prints each violation as `file:line: message`; the exit code is 1 if
 * there is one.
 *
 * @module
 */

import { filesBelow } from "./files_below.ts";

/** What belongs to an agent, besides the name of its folder. */
const NAMES: readonly RegExp[] = [
  /chatgpt/gi,
  /\boauth_creds\b/g,
  /\bOPENAI_(?:API_KEY|BASE_URL|MODEL)\b/g,
  /\bANTHROPIC_(?:API_KEY|AUTH_TOKEN|BASE_URL|MODEL)\b/g,
  /dashscope|aliyun|bailian/gi,
  // Versions that were measured.
  /(?<![\d.])(?:1\.0\.128|2\.0\.77|2\.1\.\d{2,3})(?![\d])/g,
  /(?<![\d.])0\.(?:1\.4|5\.[0-2]|7\.1|8\.2|10\.1|11|12\.\d|15\.\d+|21\.\d+|23\.4|24\.\d|60\.1|100\.0|145\.0|171\.0)(?![\d])/g,
];

/** Names that contain the name of an agent, and are ours all the same. */
const EXCEPTIONS: readonly RegExp[] = [
  /QwenWrapper(?:Options)?|qwen_wrapper/g, // the library's entry
  /ACCOUNT_?\??QWEN_[\w*]*/g, // our variables
  /_{0,2}account_qwen\w*/g, // functions of our completions
  /\.?account\\?-qwen/g, // our program
  /@x\/qwen-rotate/g, // our package
  /^ +\* .*\bagent: "\w+"/g, // examples of the library
];

/** Files that may name one all the same. */
const MAY_NAME: readonly string[] = [
  "lib/disk/names.ts", // our own names on the disk, from the first version
  "lib/run/qwen_wrapper.ts", // binds the wrapper to an agent
];

/** A name of an agent in a file that may not have it. */
export interface Naming {
  /** The path below the root of the checkout. */
  file: string;
  /** Counted from 1. */
  line: number;
  /** The name. */
  name: string;
}

/**
 * Returns the names of agents in `source`, the text of `file`; the folders of
 * `lib/agents` are `agents`.
 */
export function findNames(
  file: string,
  source: string,
  agents: readonly string[] = ["qwen"],
): Naming[] {
  if (file.startsWith("lib/agents/") || MAY_NAME.includes(file)) return [];
  const names = [...agents.map(toPattern), ...NAMES];
  return source.split("\n").flatMap((text, at) => {
    const rest = EXCEPTIONS.reduce((it, own) => it.replace(own, ""), text);
    return names.flatMap((name) => rest.match(name) ?? [])
      .map((name) => ({ file, line: at + 1, name }));
  });
}

/** Matches an agent as a word, also inside `ofAgent`, but not in `reagent`. */
function toPattern(agent: string): RegExp {
  const capitalized = `${agent.slice(0, 1).toUpperCase()}${agent.slice(1)}`;
  return new RegExp(
    `(?<![A-Za-z])${agent}(?![a-z])|${capitalized}(?![a-z])|` +
      `${agent.toUpperCase()}(?![A-Za-z])`,
    "g",
  );
}

/** Returns the names of agents in the files of `lib/` below `root`. */
export async function findAllNames(root: string): Promise<Naming[]> {
  const agents: string[] = [];
  for await (
    const { name, isDirectory } of Deno.readDir(`${root}/lib/agents`)
  ) {
    if (isDirectory) agents.push(name);
  }
  const found: Naming[] = [];
  for (const file of await filesBelow(root, "lib", ".ts")) {
    const source = await Deno.readTextFile(`${root}/${file}`);
    found.push(...findNames(file, source, agents));
  }
  return found;
}

if (import.meta.main) {
  const found = await findAllNames(".");
  for (const { file, line, name } of found) {
    console.error(`${file}:${line}: only lib/agents may name "${name}"`);
  }
  if (found.length > 0) Deno.exit(1);
}
