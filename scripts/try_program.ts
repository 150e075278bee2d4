/**
 * Runs a program as a user does, and says whether it may be released: accounts
 * must rotate from end to end, on the link and in the gateway.
 *
 * `deno run -A scripts/try_program.ts dist/account-qwen-0.1.0-linux-x64`
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { runCli } from "../tests/support/cli.ts";
import { QUOTA_EXCEEDED_FAST } from "../tests/support/service.ts";
import { type SceneOptions, setScene } from "../tests/support/scene.ts";
import { tempDir } from "../tests/support/temp_dir.ts";

const PROMPT = "What is the capital of France?";
const ANSWER = "The capital of France is Paris.";

/** The accounts that rotate, by mode. */
const ROTATIONS: Readonly<Record<string, SceneOptions>> = {
  "on the link": {},
  "in the gateway": { keys: [1, 2] },
};

/**
 * Returns why the program that `command` starts must not be released, or
 * `undefined` if it may. The program must print its version, and when the first
 * of two accounts is out of quota, it must get the answer from the second, with
 * the real `qwen` 0.12.0 and a service on loopback.
 *
 * @throws {Error} If npm cannot get the real `qwen`.
 */
export async function problemOfProgram(
  command: readonly string[],
): Promise<string | undefined> {
  try {
    return await problemOfVersion(command) ?? await problemOfRotations(command);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "it cannot be started";
    throw error;
  }
}

async function problemOfVersion(
  command: readonly string[],
): Promise<string | undefined> {
  await using home = await tempDir();
  const options = { home: home.path, command };
  const { stdout, stderr } = await runCli(["--version"], options);
  if (stdout.trim() === config.version) return undefined;
  return `it does not print its version: ${stderr.trim()}`;
}

async function problemOfRotations(
  command: readonly string[],
): Promise<string | undefined> {
  for (const [where, options] of Object.entries(ROTATIONS)) {
    const replies = [QUOTA_EXCEEDED_FAST, { answer: ANSWER }];
    await using scene = await setScene(replies, options);
    const { code, stdout, stderr } = await scene.exec(["--", PROMPT], {
      command,
    });
    const asked = [...new Set(scene.askedAccounts())].join(", ");
    if (code === 0 && stdout.trim() === ANSWER && asked === "1, 2") continue;
    return `it does not rotate ${where}: exit code ${code}, ` +
      `asked accounts ${asked}\n${stderr.trim()}`;
  }
  return undefined;
}

if (import.meta.main) {
  const problem = await problemOfProgram(Deno.args);
  console.log(problem ?? "it rotates from end to end");
  if (problem !== undefined) Deno.exitCode = 1;
}
