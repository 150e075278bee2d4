import { loadAgent } from "../agents/registry.ts";
import { runtime } from "../runtime/mod.ts";
import type { Command, CommandContext, Flags } from "./command.ts";
import { findEnvironmentKey } from "./environment_key.ts";
import { argsInside, isInsideRun, runPlainly } from "./run_plainly.ts";

/**
 * Does what `qwen` with `args` is to do, and returns the exit code: `exec` where
 * an account is needed and there is one; else the real `qwen`, untouched.
 */
export async function runAsQwen<F extends Flags>(
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
    import("./commands/exec.ts"),
    import("./parse.ts"),
  ]);
  const command: Command = exec;
  const { flags } = parseCommandLine(["exec"], [command]);
  return await command.run({ ...context, flags, args });
}

async function hasAccounts(
  { accounts }: Pick<CommandContext<Flags>, "accounts">,
) {
  return (await accounts.getStats()).totalAccounts > 0;
}
