/**
 * Shows the main job: three accounts with keys, of which the first two are out
 * of quota, and one command that gets its answer from the third. Everything
 * happens in a temporary home; the service is a server of this process on
 * loopback.
 *
 * `--stand-in` uses a stand-in instead of the real `qwen`.
 *
 * @module
 */

import { bold, dim, setColorEnabled } from "@std/fmt/colors";
import { QUOTA_EXCEEDED, startService } from "../tests/support/service.ts";
import { tempDir } from "../tests/support/temp_dir.ts";
import { findQwen } from "./demo_qwen.ts";
import { denoDir } from "./deno_dir.ts";

const PROMPT = "What is the capital of France?";
const ANSWER = "The capital of France is Paris.";
const MAIN = Deno.realPathSync(new URL("../main.ts", import.meta.url));

const RESETS_IN_S = 6 * 3_600;

/** The accounts by label, with their keys, which only the demo accepts. */
const KEYS: Readonly<Record<string, string>> = {
  work: "demo-key-of-work",
  home: "demo-key-of-home",
  spare: "demo-key-of-spare",
};

setColorEnabled(Deno.stdout.isTerminal() && !Deno.noColor);
Deno.exitCode = await demo() ? 0 : 1;

async function demo(): Promise<boolean> {
  await installPackages();
  const outOfQuota = {
    ...QUOTA_EXCEEDED,
    headers: { "retry-after": String(RESETS_IN_S) },
  };
  await using service = startService({
    replies: {
      [KEYS.work ?? ""]: outOfQuota,
      [KEYS.home ?? ""]: outOfQuota,
      [KEYS.spare ?? ""]: { answer: ANSWER },
    },
  });
  await using home = await tempDir();
  const qwen = await findQwen(home.path, {
    isOurProgram: Deno.args.includes("--stand-in"),
  });
  // npm without install scripts leaves the ripgrep of qwen not executable.
  await Deno.mkdir(`${home.path}/.qwen`, { mode: 0o700 });
  await Deno.writeTextFile(
    `${home.path}/.qwen/settings.json`,
    JSON.stringify({ tools: { useRipgrep: false } }),
  );
  const env = {
    PATH: qwen.path,
    HOME: home.path,
    DENO_DIR: await denoDir(),
    NO_COLOR: "1",
  };

  console.log(bold("Three accounts; the first two have used up their quota."));
  console.log(dim(`  qwen     ${qwen.description}`));
  console.log(dim(`  service  ${service.baseUrl}, played by this demo`));
  console.log(dim(`  home     ${home.path}, removed afterwards`));
  console.log();

  for (const [label, key] of Object.entries(KEYS)) {
    const flags = ["--base-url", service.baseUrl, "--model", "qwen3"];
    const args = ["add", "--api-key-stdin", ...flags, "--label", label];
    await accountQwen(args, { env, stdin: key });
  }
  await accountQwen(["status"], { env });
  const answer = await accountQwen(["exec", "--", PROMPT], { env });
  await accountQwen(["status"], { env });

  const labelOf = (token: string) =>
    Object.keys(KEYS).find((it) => KEYS[it] === token);
  const asked = service.requests.map((it) => labelOf(it.token));
  const isRight = answer.trimEnd() === ANSWER && asked.at(-1) === "spare";
  console.log(bold(isRight ? "\nIt works:" : "\nIt does not work:"));
  console.log(`  stdout of exec is ${JSON.stringify(answer)}, nothing else`);
  console.log(`  the service got requests from ${asked.join(", ")}`);
  return isRight;
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
    cwd: env.HOME,
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
