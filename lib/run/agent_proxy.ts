import type { Agent } from "../agents/agent.ts";
import { MAX_ENV_FILE_BYTES, parseEnvFile } from "../agents/env_file.ts";
import type {
  FoundProxy,
  ProxyFiles,
  ProxyRun,
} from "../agents/proxy_format.ts";
import { runtime } from "../system/mod.ts";
import { readSettings } from "../vault/agent_settings.ts";

/** What the proxy of a run depends on. */
interface AgentProxyOptions extends Pick<ProxyRun, "version" | "args" | "dir"> {
  /** The agent. */
  agent: Pick<Agent, "proxy">;
  /** The folder that the agent works in. @default that of this process */
  cwd?: string | undefined;
}

/**
 * Finds the proxy that the agent uses in a run that starts in `cwd`; `undefined` if
 * it uses none.
 */
export async function findAgentProxy(
  { agent, cwd, ...run }: AgentProxyOptions,
): Promise<FoundProxy | undefined> {
  const { files, host } = runtime;
  return await agent.proxy.find({
    ...run,
    env: host.environment(),
    cwd: await files.realPath(cwd ?? host.cwd()) ?? "",
    files: FILES,
  });
}

const FILES: ProxyFiles = {
  first: firstExisting,
  settings: readSettings,
  variables: readEnvFile,
};

async function readEnvFile(path: string): Promise<Record<string, string>> {
  try {
    const bytes = await runtime.files.read(path, MAX_ENV_FILE_BYTES);
    return bytes ? await parseEnvFile(bytes) : {};
  } catch {
    return {}; // the agent ignores it, too
  }
}

async function firstExisting(
  paths: readonly string[],
): Promise<string | undefined> {
  for (const path of paths) {
    try {
      if (await runtime.files.realPath(path)) return path;
    } catch {
      continue; // inaccessible
    }
  }
  return undefined;
}
