import type { Command, CommandNames } from "./command.ts";

/** A command by its names; the rest of it is loaded when it is asked for. */
export interface CommandEntry extends CommandNames {
  /** Loads the declaration, and with it the code that the command needs. */
  load(): Promise<Command>;
}

/** Every command in the order of the help, so that one can be run without loading the others. */
export const COMMAND_INDEX: readonly CommandEntry[] = [
  {
    name: "setup",
    aliases: ["--setup"],
    load: async () => (await import("../commands/setup.ts")).setup,
  },
  {
    name: "login",
    load: async () => (await import("../commands/login.ts")).login,
  },
  { name: "add", load: async () => (await import("../commands/add.ts")).add },
  {
    name: "import",
    load: async () => (await import("../commands/import.ts")).importLogins,
  },
  {
    name: "label",
    load: async () => (await import("../commands/label.ts")).label,
  },
  {
    name: "move",
    load: async () => (await import("../commands/move.ts")).move,
  },
  {
    name: "disable",
    load: async () => (await import("../commands/disable.ts")).disable,
  },
  {
    name: "enable",
    load: async () => (await import("../commands/enable.ts")).enable,
  },
  {
    name: "prefer",
    load: async () => (await import("../commands/prefer.ts")).prefer,
  },
  {
    name: "remove",
    load: async () => (await import("../commands/remove.ts")).remove,
  },
  {
    name: "exec",
    load: async () => (await import("../commands/exec.ts")).exec,
  },
  {
    name: "switch",
    aliases: ["--switch"],
    load: async () => (await import("../commands/switch.ts")).switchTo,
  },
  {
    name: "next",
    aliases: ["--switch-next"],
    load: async () => (await import("../commands/next.ts")).next,
  },
  {
    name: "cooldown",
    load: async () => (await import("../commands/cooldown.ts")).cooldown,
  },
  { name: "env", load: async () => (await import("../commands/env.ts")).env },
  {
    name: "shim",
    load: async () => (await import("../commands/shim.ts")).shim,
  },
  {
    name: "status",
    load: async () => (await import("../commands/status.ts")).status,
  },
  {
    name: "which",
    load: async () => (await import("../commands/which.ts")).which,
  },
  {
    name: "list",
    aliases: ["ls", "--list"],
    load: async () => (await import("../commands/list.ts")).list,
  },
  {
    name: "stats",
    aliases: ["--stats"],
    load: async () => (await import("../commands/stats.ts")).stats,
  },
  { name: "log", load: async () => (await import("../commands/log.ts")).log },
  {
    name: "doctor",
    load: async () => (await import("../commands/doctor.ts")).doctor,
  },
  {
    name: "refresh",
    load: async () => (await import("../commands/refresh.ts")).refresh,
  },
  {
    name: "restore",
    load: async () => (await import("../commands/restore.ts")).restore,
  },
  {
    name: "config",
    load: async () => (await import("../commands/config.ts")).config,
  },
  {
    name: "upgrade",
    load: async () => (await import("../commands/upgrade.ts")).upgrade,
  },
  {
    name: "uninstall",
    load: async () => (await import("../commands/uninstall.ts")).uninstall,
  },
  {
    name: "completion",
    load: async () => (await import("../commands/completion.ts")).completion,
  },
  { name: "man", load: async () => (await import("../commands/man.ts")).man },
];
