import type { Agent, LoginKind } from "../agents/agent.ts";
import type { KeyOfRun } from "../agents/formats.ts";

/** How the agent reaches an account. */
export interface Access {
  /** A key to use in place of a login. */
  key?: KeyOfRun | undefined;
  /** The folder with the login. @default the agent finds it in its home */
  store?: string | undefined;
  /** The kind of the login in that folder. @default "oauth" */
  storeKind?: LoginKind | undefined;
  /** Whether the address is on this machine. @default derived from the key */
  isLoopback?: boolean | undefined;
  /** Hosts that the agent's own files exclude from a proxy. @default none */
  noProxy?: string | undefined;
  /** Variables that point to a private home with a login. @default none */
  homeEnv?: Readonly<Record<string, string>> | undefined;
  /** An additional option for Node. @default none */
  nodeOption?: string | undefined;
}

/**
 * Returns the agent's arguments, with those that select the key or the login.
 */
export function argumentsFor(
  { agent, version, args, access }: {
    agent: Agent;
    args: readonly string[];
    access?: Access | undefined;
    version: string | undefined;
  },
): readonly string[] {
  const { key, store, storeKind = "oauth" } = access ?? {};
  return agent.runArgs(args, {
    kind: key ? "api-key" : storeKind,
    isStored: !key && store !== undefined,
    version,
    baseUrl: key?.baseUrl,
    model: key?.model,
  });
}
