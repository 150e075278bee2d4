import { AgentError } from "../errors.ts";
import type { Agent, Linked } from "../agents/agent.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import type { AccountKind } from "../accounts/account.ts";
import { findAgentProxy } from "./agent_proxy.ts";
import { findAgentVersion } from "./agent_version.ts";

/** How the agent reaches an account. */
export type ModeName =
  /** Through the gateway if the account has a key, else in link mode. */
  | "auto"
  /** Through the gateway, which sends each request to a ready account. */
  | "gateway"
  /** Directly, with the login on the link or the key. */
  | "link";

/** What the way to an account depends on. */
export interface WayOptions {
  /** The requested mode. */
  mode: ModeName;
  /** The agent. */
  agent: Linked<Agent>;
  /** The program to start. */
  bin: string;
  /** The agent's arguments. */
  args: readonly string[];
  /** The folder of the accounts. */
  dir: string;
}

/** The way to an account. */
export interface Way {
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
 * Decides how the agent reaches accounts of each kind.
 *
 * @throws {AgentError} If the gateway was requested explicitly but the
 * agent could not reach it.
 */
export async function findWays(
  options: WayOptions,
): Promise<(kind: AccountKind) => Way> {
  const { mode } = options;
  const kinds = KINDS[mode];
  const obstacle = kinds.length > 0 ? await findObstacle(options) : undefined;
  if (obstacle === undefined) {
    return (kind) => ({ isGateway: kinds.includes(kind) });
  }
  if (mode === "gateway") {
    const message = `Cannot use the gateway: ${obstacle}`;
    throw new AgentError("gateway-blocked", message);
  }
  const notice =
    `without the gateway, as ${obstacle}: ${options.agent.program} gets the API key directly, as with --mode link`;
  return (kind) =>
    kinds.includes(kind) ? { isGateway: false, notice } : { isGateway: false };
}

async function findObstacle(
  { agent, bin, args, dir }: WayOptions,
): Promise<string | undefined> {
  const version = await findAgentVersion(bin);
  if (agent.proxy.sparesLoopback(version)) return undefined;
  const proxy = await findAgentProxy({ agent, version, args, dir });
  if (!proxy) return undefined;
  return `${agent.program} ${
    version ?? "of an unknown version"
  } would send its requests ` +
    `to the proxy (${proxy.origin})`;
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
  const { program } = agent;
  const { foreignKey, kind } = agent.read(args);
  if (foreignKey !== undefined) {
    throw foreignLogin(program, foreignKey, "exec sets the key itself");
  }
  if (kind === "other") {
    throw foreignLogin(
      program,
      "this --auth-type",
      "no account has this type",
    );
  }
  if (key && kind === "oauth") {
    throw foreignLogin(
      program,
      "this --auth-type",
      "the run has an API key, which is another type",
    );
  }
  return kind;
}

function foreignLogin(
  program: string,
  option: string,
  problem: string,
): AgentError {
  const message = `Cannot run ${program} with ${option}: ${problem}`;
  return new AgentError("foreign-login", message);
}
