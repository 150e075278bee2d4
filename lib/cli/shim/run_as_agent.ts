import { loadAgent } from "../../agents/registry.ts";
import { runtime } from "../../system/mod.ts";
import { EXIT } from "../exit.ts";
import type { Command, CommandContext, Flags } from "../line/command.ts";
import { findEnvironmentKey } from "../setup/environment_key.ts";
import { argsInside, isInsideRun, runPlainly } from "./run_plainly.ts";

/**
 * Acts as the agent with `args` and returns the exit code: runs `exec` if an
 * account is needed and there is one, or else the real agent, unchanged.
 */
export async function runAsAgent<F extends Flags>(
  context: CommandContext<F>,
  args: readonly string[],
): Promise<number> {
  const env = runtime.host.environment();
  const agent = await loadAgent();
  const { program } = agent;
  if (agent.read(args).asksNothing) return await runPlainly(program, args);
  if (isInsideRun(env)) {
    return await runPlainly(program, await argsInside(program, args));
  }
  const hasAny = findEnvironmentKey(env) || await hasAccounts(context);
  if (!hasAny) return await runPlainly(program, args);
  const [{ exec }, { parseCommandLine }] = await Promise.all([
    import("../commands/exec.ts"),
    import("../line/parse.ts"),
  ]);
  const command: Command = exec;
  const { flags } = parseCommandLine(["exec"], [command]);
  return await command.run({ ...context, flags, args }) ?? EXIT.done;
}

async function hasAccounts(
  { accounts }: Pick<CommandContext<Flags>, "accounts">,
) {
  return (await accounts.getStats()).totalAccounts > 0;
}
