import type { Agent, Keyed } from "../../../lib/agents/agent.ts";
import { tiny } from "../tiny/agent.ts";

/**
 * `tiny.sh` as an agent that keeps its login where no link can stand, so that its
 * accounts have keys alone. The variable `NEST_HOME` chooses the home.
 */
export const nest: Keyed<Agent> = {
  ...tiny,
  program: "nest",
  product: {
    title: "the nest program",
    install: { latest: "install nest", forLogins: "install nest" },
    example: "--ask=hello",
    tried: { oldest: "1.0.0", newest: "2.0.0" },
  },
  processes: {
    isAgent: ([program = ""]) => /(?:^|\/)nest$/.test(program),
    foldersOf: ({ HOME, NEST_HOME }) =>
      NEST_HOME ? [NEST_HOME] : HOME ? [`${HOME}/.nest`] : [],
  },
  environment: (run) => ({ ...tiny.environment(run), NEST_HOME: run.dir }),
  login: undefined,
  homes: {
    ...tiny.homes,
    name: ".nest",
    variables: (folder) => ({ NEST_HOME: folder }),
    roleOf: (name) => name === "auth.json" ? "login" : "shared",
    folders: () => ["sessions"],
  },
  sessions: {
    folder: (dir) => `${dir}/sessions`,
    idArgs: () => undefined,
    resumeArgs: () => undefined,
    logEnding: ".jsonl",
    noteEnding: undefined,
    parseLine: (line) =>
      line.includes('"turn_completed"') ? { kind: "answer" } : undefined,
  },
};
