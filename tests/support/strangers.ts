import { runtime } from "../../lib/system/mod.ts";

/** How each agent is started, without a command. */
const PROGRAMS = [["node", "/usr/bin/qwen"], ["codex"], ["claude"]];

/**
 * Makes `identities` the processes of the agent that we did not start, instead
 * of those that happen to run on this machine, until disposed of.
 */
export function strangers(...identities: string[]): Disposable {
  const { host } = runtime;
  const { findProcesses } = host;
  host.findProcesses = (isMeant) => {
    const args = PROGRAMS.find((it) => isMeant(it));
    return args
      ? identities.map((identity) => ({ identity, args, env: {} }))
      : [];
  };
  return {
    [Symbol.dispose]: () => {
      host.findProcesses = findProcesses;
    },
  };
}

/** Makes one process with the variables `env` the only one, until disposed of. */
export function strangerWith(
  identity: string,
  env: Record<string, string>,
): Disposable {
  const { host } = runtime;
  const others = strangers(identity);
  const { findProcesses } = host;
  host.findProcesses = (isMeant) =>
    findProcesses(isMeant)?.map((it) => ({ ...it, env }));
  return others;
}

/**
 * Finds no process that a run has left behind, until disposed of: for tests
 * that start none, because a search among all processes takes longer than they
 * do.
 */
export function noOrphans(): Disposable {
  const { host } = runtime;
  const { processesOf } = host;
  host.processesOf = () => Promise.resolve([]);
  return {
    [Symbol.dispose]: () => {
      host.processesOf = processesOf;
    },
  };
}
