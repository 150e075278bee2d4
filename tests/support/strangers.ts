import { runtime } from "../../lib/runtime/mod.ts";

/**
 * Lets `identities` be the processes of the CLI that we did not start, in place
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
