import { AgentError } from "../errors.ts";
import type { Agent, Keyed } from "../agents/agent.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import { isAtLeast } from "../agents/version.ts";
import { findAgentProxy } from "./agent_proxy.ts";
import { findAgentVersion } from "./agent_version.ts";
import type { AccountKind } from "../vault/account_name.ts";

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
  agent: Keyed<Agent>;
  /** The program to start. */
  bin: string;
  /** The agent's arguments. */
  args: readonly string[];
  /** The home of the agent. */
  dir: string;
  /** The folder that the agent works in. @default that of this process */
  cwd?: string | undefined;
  /** Returns the version of the program. @default looks it up each time */
  version?: (() => Promise<string | undefined>) | undefined;
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
  { agent, bin, args, dir, cwd, ...options }: WayOptions,
): Promise<string | undefined> {
  const findVersion = options.version ?? (() => findAgentVersion(bin));
  const version = await findVersion();
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
