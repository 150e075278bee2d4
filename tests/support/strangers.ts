import { runtime } from "../../lib/system/mod.ts";

/**
 * Makes `identities` the processes of the agent that we did not start, instead
 * of those that happen to run on this machine, until disposed of.
 */
export function strangers(...identities: string[]): Disposable {
  const { host } = runtime;
  const { findProcesses } = host;
  host.findProcesses = () =>
    identities.map((identity) => ({ identity, env: {} }));
  return {
    [Symbol.dispose]: () => {
      host.findProcesses = findProcesses;
    },
  };
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
