/**
 * Shows the main job: three accounts with keys, of which the first two are out
 * of quota, and one command that gets its answer from the third. Everything
 * happens in a temporary home; the service is a server of this process on
 * loopback.
 *
 * `--cli codex` and `--cli claude` show the same for these agents; `--stand-in`
 * uses a stand-in instead of the real `qwen`.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { bold, dim, setColorEnabled } from "@std/fmt/colors";
import { tempDir } from "../tests/support/temp_dir.ts";
import { findProgram } from "./demo_program.ts";
import { SERVICES } from "./demo_service.ts";
import { denoDir } from "./deno_dir.ts";

const PROMPT = "What is the capital of France?";
const ANSWER = "The capital of France is Paris.";
const MAIN = Deno.realPathSync(new URL("../main.ts", import.meta.url));

const RESETS_IN_S = 6 * 3_600;

/** The accounts by label, with their keys, which only the demo accepts. */
const KEYS = {
  work: "demo-key-of-work",
  home: "demo-key-of-home",
  spare: "demo-key-of-spare",
};

const FLAGS = parseArgs(Deno.args, {
  string: ["cli"],
  boolean: ["stand-in"],
  default: { cli: "qwen" },
});

setColorEnabled(Deno.stdout.isTerminal() && !Deno.noColor);
try {
  Deno.exitCode = await demo(FLAGS.cli) ? 0 : 1;
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(error.message);
  Deno.exitCode = 1;
}

async function demo(agent: string): Promise<boolean> {
  const startService = SERVICES[agent];
  if (!startService) {
    const known = Object.keys(SERVICES).join(", ");
    throw new RangeError(`Cannot use --cli: "${agent}" is not one of ${known}`);
  }
  await installPackages();
  await using service = startService({
    keys: Object.values(KEYS),
    goodKey: KEYS.spare,
    answer: ANSWER,
    headers: { "retry-after": String(RESETS_IN_S) },
  });
  await using home = await tempDir();
  const program = await findProgram(agent, {
    folder: home.path,
    isOurProgram: FLAGS["stand-in"],
  });
  if (agent === "qwen") await spareRipgrep(home.path);
  // codex warns of a home in the folder for temporary files, and of settings in
  // the working folder.
  for (const it of ["tmp", "project"]) await Deno.mkdir(`${home.path}/${it}`);
  const env = {
    PATH: program.path,
    HOME: home.path,
    TMPDIR: `${home.path}/tmp`,
    DENO_DIR: await denoDir(),
    NO_COLOR: "1",
  };

  console.log(bold("Three accounts; the first two have used up their quota."));
  console.log(dim(`  ${agent.padEnd(7)}  ${program.description}`));
  console.log(dim(`  service  ${service.baseUrl}, played by this demo`));
  console.log(dim(`  home     ${home.path}, removed afterwards`));
  console.log();

  const cli = agent === "qwen" ? [] : ["--cli", agent];
  for (const [label, key] of Object.entries(KEYS)) {
    const flags = ["--base-url", service.baseUrl, "--model", service.model];
    const args = ["add", "--api-key-stdin", ...flags, "--label", label];
    await accountQwen([...cli, ...args], { env, stdin: key });
  }
  await accountQwen([...cli, "status"], { env });
  const asks = [...cli, "exec", "--", ...service.args ?? [], PROMPT];
  const answer = await accountQwen(asks, { env });
  await accountQwen([...cli, "status"], { env });

  const labels = new Map(
    Object.entries(KEYS).map(([label, key]) => [key, label] as const),
  );
  const asked = service.keysSeen().map((key) => labels.get(key));
  const isRight = answer.trimEnd() === ANSWER && asked.at(-1) === "spare";
  console.log(bold(isRight ? "\nIt works:" : "\nIt does not work:"));
  console.log(`  stdout of exec is ${JSON.stringify(answer)}, nothing else`);
  console.log(`  the service got requests from ${asked.join(", ")}`);
  return isRight;
}

/** npm without install scripts leaves the ripgrep of qwen not executable. */
async function spareRipgrep(home: string): Promise<void> {
  await Deno.mkdir(`${home}/.qwen`, { mode: 0o700 });
  await Deno.writeTextFile(
    `${home}/.qwen/settings.json`,
    JSON.stringify({ tools: { useRipgrep: false } }),
  );
}

/** Gets the packages of `account-qwen` from npm, if Deno does not have them. */
async function installPackages(): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet"],
    cwd: MAIN.replace(/\/[^/]*$/, ""),
    stdout: "null",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("Cannot get the packages of account-qwen");
}

async function accountQwen(
  args: readonly string[],
  { env, stdin }: {
    env: { HOME: string } & Record<string, string>;
    stdin?: string;
  },
): Promise<string> {
  const shown = args.map((it) => it.includes(" ") ? JSON.stringify(it) : it);
  const before = stdin === undefined ? "" : `cat ${args.at(-1)}.key | `;
  console.log(bold(`$ ${before}account-qwen ${shown.join(" ")}`));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--cached-only", "-A", MAIN, ...args],
    clearEnv: true,
    env,
    cwd: `${env.HOME}/project`,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  if (stdin !== undefined) {
    await new Response(stdin).body?.pipeTo(child.stdin);
  }
  const { stdout } = await child.output();
  const text = new TextDecoder().decode(stdout);
  console.log(`${text.trimEnd()}\n`);
  return text;
}
