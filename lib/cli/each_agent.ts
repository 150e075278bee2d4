import { AccountReader } from "../accounts/account_reader.ts";
import {
  agentNamed,
  AGENTS,
  chooseAgent,
  chosenAgent,
} from "../agents/registry.ts";
import { usualRoot } from "../disk/layout.ts";
import { setInvocation } from "../program.ts";
import { findAgentMark } from "../run/agent_version.ts";
import { runtime } from "../system/mod.ts";
import { type Notify, realSystem } from "../system/system.ts";
import type { CommandContext, Flags } from "./line/command.ts";
import { formatJson } from "./screen/json.ts";
import { noAccounts } from "./screen/standing_text.ts";
import { UsageError } from "./line/usage_error.ts";
import { rotatesLogins } from "./settings/settings_if_set.ts";

/** Called with the accounts of an agent while it is chosen. */
type Show<T> = (reader: AccountReader, agent: string) => Promise<T>;

type Context = Pick<CommandContext<Flags>, "dir" | "reader" | "notify">;

/**
 * Shows the accounts of each agent that has some: prints a heading and calls
 * `show`, or prints with `--json` what `show` returns for each.
 *
 * @throws {UsageError} If the user names a folder.
 */
export async function printEachAgent(
  context: Context & Pick<CommandContext<Flags>, "paint" | "print"> & {
    flags: { json: boolean };
  },
  show: Show<Record<string, unknown>>,
): Promise<void> {
  const { flags: { json }, paint, print } = context;
  let gap: string[] = [];
  const agents = await forEachAgent(context, async (reader, agent) => {
    if (!json) print([...gap, `${agent}:`], paint.bold);
    gap = [""];
    return { agent, ...await show(reader, agent) };
  });
  if (json) print(formatJson({ agents }));
  else if (agents.length === 0) print(noAccounts());
}

/**
 * Calls `show` for each agent that has accounts, and returns what it returns.
 *
 * @throws {UsageError} If the user names a folder.
 */
export async function forEachAgent<T>(
  { dir, reader, notify }: Context,
  show: Show<T>,
): Promise<T[]> {
  if (dir !== undefined) {
    throw new UsageError("Cannot use --all with --dir");
  }
  const first = chosenAgent().program;
  const flags = setInvocation({});
  const shown: T[] = [];
  try {
    for (const [name, agent] of AGENTS) {
      await chooseAgent(agent);
      setInvocation(name === first ? flags : { cli: name });
      const its = name === first ? reader : await readerOf(name, notify);
      if (!its || (await its.nameAccounts()).length === 0) continue;
      shown.push(await show(its, name));
    }
  } finally {
    setInvocation(flags);
    const agent = agentNamed(first);
    if (agent) await chooseAgent(agent);
  }
  return shown;
}

/** Returns the accounts in the usual folder of an agent, if there is one. */
async function readerOf(
  name: string,
  notify: Notify,
): Promise<AccountReader | undefined> {
  const dir = usualRoot(chosenAgent(), realSystem);
  if (dir === undefined || !await runtime.files.info(dir)) return undefined;
  const agentVersion = () => findAgentMark(name);
  const rotateLogins = await rotatesLogins(dir);
  return new AccountReader({ dir, notify, agentVersion, rotateLogins });
}
