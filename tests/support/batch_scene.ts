import { keySlot } from "./account_folder.ts";
import { runCli, type RunOptions, type RunResult } from "./cli.ts";
import { problemsOf } from "./json_schema.ts";
import { tempDir } from "./temp_dir.ts";
import { basics } from "../../lib/agents/qwen/basics.ts";
import { layoutAt } from "../../lib/disk/layout.ts";
import { keySlotPath } from "../../lib/disk/names.ts";

/** A result of `batch`. */
export interface Result {
  id: string;
  status: string;
  output: string;
  error: string | null;
  exit: number;
  account: number | null;
  attempts: number;
}

/** Accounts with keys, and a stand-in for the agent. */
export interface BatchScene extends AsyncDisposable {
  /** The folder to use as `HOME`, which is the working folder. */
  path: string;
  /** The stand-in. */
  bin: string;
  /** Runs `account-qwen batch` with the stand-in. */
  batch(
    args: readonly string[],
    options?: Partial<RunOptions>,
  ): Promise<RunResult>;
  /** The arguments of that command. */
  batchArgs(args: readonly string[]): string[];
  /** Runs another command. */
  cli(args: readonly string[]): Promise<RunResult>;
  /** Writes a file in the home. */
  write(name: string, text: string | readonly string[]): Promise<void>;
  /** Reads a file in the home; empty if there is none. */
  read(name: string): Promise<string>;
  /** Reads results, each of which must match the schema. */
  results(name: string): Promise<Result[]>;
  /** The lines that the stand-in has noted: an account and a prompt. */
  asked(): Promise<{ account: number; prompt: string }[]>;
}

/**
 * Stands in for `qwen` with `--mode link`: notes its account and its prompt, and
 * does what `$HOME/play` says.
 */
const SCRIPT = `#!/bin/sh
account=\${OPENAI_API_KEY#secret-api-key-}
account=\${account%%-*}
for word; do case $word in --prompt=*) prompt=\${word#--prompt=} ;; esac; done
printf '%s %s\\n' "$account" "$prompt" >>"$HOME/asked"
[ ! -e "$HOME/play" ] || . "$HOME/play"
printf %s "answer to $prompt"
`;

/** Makes a scene with `accounts` keys for an API at `baseUrl`. */
export async function batchScene(
  { accounts = 3, baseUrl, script = SCRIPT, mode = "link" }: {
    accounts?: number;
    baseUrl?: string;
    script?: string;
    mode?: "link" | "gateway";
  } = {},
): Promise<BatchScene> {
  const dir = await tempDir();
  const { path } = dir;
  const layout = layoutAt(`${path}/.qwen`, { agent: basics });
  await Deno.mkdir(layout.accounts, { recursive: true, mode: 0o700 });
  await Deno.chmod(layout.root, 0o700);
  for (let index = 1; index <= accounts; index++) {
    const slot = keySlotPath(layout, index);
    await Deno.writeTextFile(slot, keySlot(index, baseUrl), { mode: 0o600 });
  }
  const bin = `${path}/agent/qwen`;
  await Deno.mkdir(`${path}/agent`);
  await Deno.writeTextFile(bin, script, { mode: 0o755 });
  // Without it, the version would be asked by a run of the program.
  const version = JSON.stringify({ version: "0.12.0" });
  await Deno.writeTextFile(`${path}/agent/package.json`, version);
  const read = (name: string) =>
    Deno.readTextFile(`${path}/${name}`).catch(() => "");
  const batchArgs = (args: readonly string[]) => [
    "batch",
    `--mode=${mode}`,
    `--bin=${bin}`,
    ...args,
  ];
  return {
    path,
    bin,
    batchArgs,
    batch: (args, options) =>
      runCli(batchArgs(args), { home: path, cwd: path, ...options }),
    cli: (args) => runCli(args, { home: path }),
    write: (name, text) =>
      Deno.writeTextFile(
        `${path}/${name}`,
        typeof text === "string" ? text : text.map((it) => `${it}\n`).join(""),
      ),
    read,
    async results(name) {
      const lines = (await read(name)).split("\n");
      if (lines.pop() !== "") throw new Error("the last line is cut off");
      return lines.map((line) => {
        const result = JSON.parse(line);
        const problems = problemsOf(result, "batch");
        if (problems.length > 0) throw new Error(`${line}: ${problems}`);
        return result;
      });
    },
    async asked() {
      const lines = (await read("asked")).split("\n").slice(0, -1);
      return lines.map((line) => ({
        account: parseInt(line),
        prompt: line.slice(line.indexOf(" ") + 1),
      }));
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

/** The prompts `prompt 1` to `prompt count`. */
export function somePrompts(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `prompt ${at + 1}`);
}

/** The script of an account that is out of quota, if it is one of `accounts`. */
export function outOfQuota(accounts: string): string {
  return `case $account in ${accounts})
    echo "[API Error: 429 Free allocated quota exceeded.]" >&2; exit 1;; esac\n`;
}
