import { AgentError } from "../errors.ts";
import type { Agent } from "../agents/agent.ts";
import { MAX_ENV_FILE_BYTES, parseEnvFile } from "../agents/env_file.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import type {
  FoundProxy,
  ProxyFiles,
  ProxyRun,
} from "../agents/proxy_format.ts";
import { isAtLeast } from "../agents/version.ts";
import { firstExisting } from "./agent_settings.ts";
import type { AttemptOptions } from "./attempt.ts";
import { runtime } from "../system/mod.ts";
import type { AccountKind } from "../vault/account_name.ts";
import { readSettings } from "../vault/agent_settings.ts";

/** How the agent reaches an account. */
export type ModeName =
  /** Through the gateway if the account has a key, else in link mode. */
  | "auto"
  /** Through the gateway, which sends each request to a ready account. */
  | "gateway"
  /** Directly, with the login on the link or the key. */
  | "link";

/** What the way to an account depends on. */
interface WayOptions
  extends Pick<AttemptOptions, "agent" | "args" | "cwd" | "version"> {
  /** The requested mode. */
  mode: ModeName;
  /** The home of the agent. */
  dir: string;
}

/** The way to an account. */
interface Way {
  /** Whether requests go through the gateway. */
  isGateway: boolean;
  /** Why the way differs from the request. */
  notice?: string;
}

/** The kinds of accounts that use the gateway. */
const KINDS: Readonly<Record<ModeName, readonly AccountKind[]>> = {
  auto: ["api-key"],
  gateway: ["api-key", "oauth"],
  link: [],
};

/**
 * Decides how the agent reaches an account of `kind`. The login of a plan that
 * lies in a folder of its account is never used through the gateway.
 *
 * @throws {AgentError} If the gateway was requested explicitly but the
 * agent could not reach it.
 */
export async function findWay(
  kind: AccountKind,
  options: WayOptions,
): Promise<Way> {
  const { mode, agent: { homes, program, proxy } } = options;
  if (!KINDS[mode].includes(kind)) return { isGateway: false };
  const obstacle = await findObstacle(options);
  if (obstacle !== undefined && mode === "gateway") {
    const message = `Cannot use the gateway: ${obstacle}`;
    const hint = `unset the proxy, use ${program} ` +
      `${proxy.sparesLoopbackSince} or newer, or --mode link`;
    throw new AgentError("gateway-blocked", message, { hint });
  }
  if (obstacle !== undefined) {
    const notice = `without the gateway, as ${obstacle}: ` +
      `${program} gets the API key directly, as with --mode link`;
    return { isGateway: false, notice };
  }
  if (kind !== "oauth" || !homes.login) return { isGateway: true };
  const notice = `${program} runs without the gateway, which is never used ` +
    "for a plan login";
  return { isGateway: false, notice };
}

async function findObstacle(
  { agent, args, dir, cwd, ...options }: WayOptions,
): Promise<string | undefined> {
  const version = await options.version();
  const { sparesLoopbackSince } = agent.proxy;
  if (isAtLeast(version ?? "0", sparesLoopbackSince)) return undefined;
  const proxy = await findAgentProxy({ agent, version, args, dir, cwd });
  if (!proxy) return undefined;
  return `${agent.program} ${
    version ?? "of an unknown version"
  } would send its requests ` +
    `to the proxy (${proxy.origin})`;
}

/**
 * Finds the proxy that the agent uses in a run that starts in `cwd`; `undefined` if
 * it uses none.
 */
export async function findAgentProxy(
  { agent, cwd, ...run }: Pick<ProxyRun, "version" | "args" | "dir"> & {
    agent: Pick<Agent, "proxy">;
    cwd?: string | undefined;
  },
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

/**
 * Returns the kind of account that the agent's arguments require, if any.
 *
 * @throws {AgentError} If the agent would not use an account, or not the
 * given `key`: the result would concern no account.
 */
export function requestedKind(
  agent: Agent,
  { args, key }: { args: readonly string[]; key?: KeyOfRun | undefined },
): AccountKind | undefined {
  const { foreignKey, kind } = agent.read(args);
  if (foreignKey !== undefined) {
    throw foreignLogin(agent, foreignKey, "exec sets the key itself");
  }
  if (kind === "other") {
    throw foreignLogin(
      agent,
      "this --auth-type",
      "no account has this type",
    );
  }
  if (key && kind === "oauth") {
    throw foreignLogin(
      agent,
      "this --auth-type",
      "the run has an API key, which is another type",
    );
  }
  return kind;
}

function foreignLogin(
  { program, keys }: Agent,
  option: string,
  problem: string,
): AgentError {
  const message = `Cannot run ${program} with ${option}: ${problem}`;
  const ways = [`run ${program} itself`];
  if (keys) {
    const { secrets: [key], baseUrl } = keys.forOneRun;
    ways.unshift(`to use a key for one run, set ${key} and ${baseUrl}`);
  }
  return new AgentError("foreign-login", message, { hint: ways.join("; or ") });
}
