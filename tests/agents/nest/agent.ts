import type { Agent } from "../../../lib/agents/agent.ts";
import { tiny } from "../tiny/agent.ts";

/**
 * A sketch of an agent that has a home for each account: no file where a link
 * to a login could stand, and no key. The variable `NEST_HOME` chooses the home.
 */
export const nest: Agent = {
  ...tiny,
  program: "nest",
  install: { latest: "install nest", forLogins: "install nest" },
  processes: {
    isAgent: ([program = ""]) => /(?:^|\/)nest$/.test(program),
    foldersOf: ({ HOME, NEST_HOME }) =>
      NEST_HOME ? [NEST_HOME] : HOME ? [`${HOME}/.nest`] : [],
  },
  environment: ({ env, dir }) => ({ ...env, NEST_HOME: dir }),
  keys: undefined,
  login: undefined,
  homes: {
    ...tiny.homes,
    variables: (folder) => ({ NEST_HOME: folder }),
    roleOf: (name) => name === "auth.json" ? "login" : "shared",
    folders: () => ["sessions"],
  },
  sessions: {
    folder: (dir) => `${dir}/sessions`,
    idArgs: () => undefined,
    logEnding: ".jsonl",
    noteEnding: undefined,
    parseLine: (line) =>
      line.includes('"turn_completed"') ? { kind: "answer" } : undefined,
  },
};
