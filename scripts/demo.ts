/**
 * Shows the main job: three accounts, of which the first two are out of quota,
 * and one command that gets its answer from the third. Everything happens in a
 * temporary home; the provider is a server of this process on loopback.
 *
 * `--stand-in` does without the real `qwen`.
 *
 * @module
 */

import { bold, dim, setColorEnabled } from "@std/fmt/colors";
import { accessToken, testHome } from "../tests/support/home.ts";
import { QUOTA_EXCEEDED, startProvider } from "../tests/support/provider.ts";
import { findQwen } from "./demo_qwen.ts";
import { denoDir } from "./deno_dir.ts";

const PROMPT = "What is the capital of France?";
const ANSWER = "The capital of France is Paris.";
const MAIN = Deno.realPathSync(new URL("../main.ts", import.meta.url));

setColorEnabled(Deno.stdout.isTerminal() && !Deno.noColor);
Deno.exitCode = await demo() ? 0 : 1;

async function demo(): Promise<boolean> {
  await installPackages();
  await using provider = startProvider({
    replies: {
      [accessToken(1)]: QUOTA_EXCEEDED,
      [accessToken(2)]: QUOTA_EXCEEDED,
      [accessToken(3)]: { answer: ANSWER },
    },
  });
  await using home = await testHome({ accounts: 3, baseUrl: provider.baseUrl });
  const qwen = await findQwen(home.path, {
    isStandIn: Deno.args.includes("--stand-in"),
  });
  const env = {
    PATH: qwen.path,
    HOME: home.path,
    DENO_DIR: await denoDir(),
    NO_COLOR: "1",
  };

  console.log(bold("Three accounts; the first two have used up their quota."));
  console.log(dim(`  qwen      ${qwen.description}`));
  console.log(dim(`  provider  ${provider.baseUrl}, played by this demo`));
  console.log(dim(`  home      ${home.path}, removed afterwards`));

  await accountQwen(["list"], env);
  const answer = await accountQwen(["exec", "--", PROMPT], env);
  await accountQwen(["list"], env);

  const asked = [1, 2, 3].map((index) => {
    const seen = provider.requests.filter((it) =>
      it.token === accessToken(index)
    );
    return `account ${index}: ${seen.length}`;
  });
  const answeredBy = provider.requests.at(-1)?.token;
  const link = await home.link();
  const isRight = answer.trimEnd() === ANSWER &&
    answeredBy === accessToken(3) && link.endsWith("_3.json");

  console.log(bold(isRight ? "\nIt works:" : "\nIt does not work:"));
  console.log(`  stdout of exec has ${JSON.stringify(answer)}, nothing else`);
  console.log(`  the provider had requests from ${asked.join(", ")}`);
  console.log(`  ~/.qwen/oauth_creds.json now leads to ${link}`);
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
  env: { HOME: string } & Record<string, string>,
): Promise<string> {
  const shown = args.map((it) => it.includes(" ") ? JSON.stringify(it) : it);
  console.log(bold(`\n$ account-qwen ${shown.join(" ")}`));
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--cached-only", "-A", MAIN, ...args],
    clearEnv: true,
    env,
    cwd: env.HOME,
    stdin: "null",
    stderr: "inherit",
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (text) console.log(text.trimEnd());
  return text;
}
