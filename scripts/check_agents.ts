/**
 * Checks that only `lib/agents` knows an agent: that no other file of `lib/`
 * names one, or its files, variables, versions or services, not even in a
 * comment. Prints each violation as `file:line: message`; the exit code is 1 if
 * there is one.
 *
 * @module
 */

import { filesBelow } from "./files_below.ts";

/** What belongs to an agent. */
const NAMES: readonly RegExp[] = [
  /qwen/gi,
  /\boauth_creds\b/g,
  /\bOPENAI_(?:API_KEY|BASE_URL|MODEL)\b/g,
  /dashscope|aliyun|bailian/gi,
  // Versions that were measured.
  /(?<![\d.])0\.(?:1\.4|5\.[0-2]|7\.1|8\.2|10\.1|11|12\.\d|15\.\d+|21\.\d+|23\.4|24\.\d)(?![\d])/g,
];

/** Names that contain the name of an agent, and are ours all the same. */
const EXCEPTIONS: readonly RegExp[] = [
  /QwenWrapper(?:Options)?|qwen_wrapper/g, // the library's entry
  /ACCOUNT_?QWEN_[\w*]*/g, // our variables
  /_{0,2}account_qwen\w*/g, // functions of our completions
  /\.?account\\?-qwen/g, // our program
  /@x\/qwen-rotate/g, // our package
  /(?:~\/)?\.qwen(?=["'`/\s.,)])/g, // the default folder
];

/** Files that may name one all the same. */
const MAY_NAME: readonly string[] = [
  "lib/disk/slot_names.ts", // our own names on the disk, from the first version
  "lib/run/qwen_wrapper.ts", // binds the wrapper to an agent
];

/**
 * How many such names each file still has. A count may only shrink, and a file
 * without any must leave the list.
 */
export const KNOWN_NAMERS: Readonly<Record<string, number>> = {
  "lib/cli/line/command.ts": 1,
  "lib/cli/commands/add.ts": 10,
  "lib/cli/commands/disable.ts": 1,
  "lib/cli/commands/doctor.ts": 4,
  "lib/cli/commands/env.ts": 4,
  "lib/cli/commands/exec.ts": 17,
  "lib/cli/commands/import.ts": 3,
  "lib/cli/commands/restore.ts": 1,
  "lib/cli/commands/setup.ts": 2,
  "lib/cli/commands/shim.ts": 11,
  "lib/cli/commands/uninstall.ts": 6,
  "lib/cli/exit_code.ts": 8,
  "lib/cli/setup/found_logins.ts": 2,
  "lib/cli/line/help.ts": 1,
  "lib/cli/hint_to_fix.ts": 3,
  "lib/cli/line/key_argument.ts": 2,
  "lib/cli/setup/key_flags.ts": 1,
  "lib/cli/line/man_page.ts": 12,
  "lib/cli/screen/report_place.ts": 3,
  "lib/cli/run.ts": 3,
  "lib/cli/shim/run_as_qwen.ts": 3,
  "lib/cli/shim/shim_file.ts": 3,
  "lib/cli/settings/unknown_variables.ts": 2,
  "lib/cli/setup/wizard_adopt.ts": 3,
  "lib/cli/setup/wizard_agent.ts": 5,
  "lib/cli/setup/wizard_service.ts": 3,
  "lib/cli/setup/wizard_steps.ts": 5,
  "lib/cli/setup/wizard_summary.ts": 3,
  "lib/entry.ts": 1,
  "lib/mod.ts": 1,
  "lib/accounts/overview.ts": 1,
  "lib/verdict/pattern_place.ts": 1,
  "lib/verdict/rule_words.ts": 2,
  "lib/verdict/rules.ts": 7,
  "lib/run/next_step.ts": 1,
};

/** A name of an agent in a file that may not have it. */
export interface Naming {
  /** The path below the root of the checkout. */
  file: string;
  /** Counted from 1. */
  line: number;
  /** The name. */
  name: string;
}

/** Returns the names of agents in `source`, the text of `file`. */
export function findNames(file: string, source: string): Naming[] {
  if (file.startsWith("lib/agents/") || MAY_NAME.includes(file)) return [];
  return source.split("\n").flatMap((text, at) => {
    const rest = EXCEPTIONS.reduce((it, own) => it.replace(own, ""), text);
    return NAMES.flatMap((name) => rest.match(name) ?? [])
      .map((name) => ({ file, line: at + 1, name }));
  });
}

/** Returns the names of agents in each file of `lib/` that has any. */
export async function findNamers(root: string): Promise<Map<string, Naming[]>> {
  const namers = new Map<string, Naming[]>();
  for (const file of await filesBelow(root, "lib", ".ts")) {
    const found = findNames(file, await Deno.readTextFile(`${root}/${file}`));
    if (found.length > 0) namers.set(file, found);
  }
  return namers;
}

/** Returns the names in files with more of them than `known`. */
export function tooMany(
  namers: ReadonlyMap<string, readonly Naming[]>,
  known = KNOWN_NAMERS,
): Naming[] {
  return [...namers].filter(([file, { length }]) => length > (known[file] ?? 0))
    .flatMap(([, found]) => found);
}

if (import.meta.main) {
  const namers = await findNamers(".");
  if (Deno.args.includes("--list")) {
    for (const [file, { length }] of namers) {
      console.log(`"${file}": ${length},`);
    }
    Deno.exit(0);
  }
  for (const { file, line, name } of tooMany(namers)) {
    console.error(`${file}:${line}: only lib/agents may name "${name}"`);
  }
  if (tooMany(namers).length > 0) Deno.exit(1);
}
