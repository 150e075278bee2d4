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
import { UsageError } from "./line/usage_error.ts";
import { rotatesLogins } from "./settings/settings_if_set.ts";

/**
 * Calls `show` for each agent that has accounts, and returns what it returns.
 *
 * @throws {UsageError} If the user names a folder.
 */
export async function showEachAgent<T>(
  { dir, reader, notify, show }:
    & Pick<CommandContext<Flags>, "dir" | "reader" | "notify">
    & {
      /** Called while `agent` is chosen; prints `heading` above its accounts. */
      show: (
        reader: AccountReader,
        agent: string,
        heading: readonly string[],
      ) => Promise<T>;
    },
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
      const gap = shown.length > 0 ? [""] : [];
      shown.push(await show(its, name, [...gap, `${name}:`]));
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
