import type { Command, CommandEntry } from "./command.ts";

/** Loads each command by its name, in the order of the help. */
const LOADERS: Readonly<Record<string, () => Promise<Command>>> = {
  setup: async () => (await import("../commands/setup.ts")).setup,
  login: async () => (await import("../commands/login.ts")).login,
  add: async () => (await import("../commands/add.ts")).add,
  import: async () => (await import("../commands/import.ts")).importLogins,
  label: async () => (await import("../commands/label.ts")).label,
  move: async () => (await import("../commands/move.ts")).move,
  disable: async () => (await import("../commands/disable.ts")).disable,
  enable: async () => (await import("../commands/enable.ts")).enable,
  prefer: async () => (await import("../commands/prefer.ts")).prefer,
  weight: async () => (await import("../commands/weight.ts")).weight,
  pin: async () => (await import("../commands/pin.ts")).pin,
  remove: async () => (await import("../commands/remove.ts")).remove,
  exec: async () => (await import("../commands/exec.ts")).exec,
  batch: async () => (await import("../commands/batch.ts")).batch,
  switch: async () => (await import("../commands/switch.ts")).switchTo,
  next: async () => (await import("../commands/next.ts")).next,
  cooldown: async () => (await import("../commands/cooldown.ts")).cooldown,
  env: async () => (await import("../commands/env.ts")).env,
  shim: async () => (await import("../commands/shim.ts")).shim,
  status: async () => (await import("../commands/status.ts")).status,
  which: async () => (await import("../commands/which.ts")).which,
  list: async () => (await import("../commands/list.ts")).list,
  stats: async () => (await import("../commands/stats.ts")).stats,
  quota: async () => (await import("../commands/quota.ts")).quota,
  guard: async () => (await import("../commands/guard.ts")).guard,
  metrics: async () => (await import("../commands/metrics.ts")).metrics,
  log: async () => (await import("../commands/log.ts")).log,
  doctor: async () => (await import("../commands/doctor.ts")).doctor,
  refresh: async () => (await import("../commands/refresh.ts")).refresh,
  restore: async () => (await import("../commands/restore.ts")).restore,
  notify: async () => (await import("../commands/notify.ts")).notify,
  rules: async () => (await import("../commands/rules.ts")).rules,
  config: async () => (await import("../commands/config.ts")).config,
  upgrade: async () => (await import("../commands/upgrade.ts")).upgrade,
  uninstall: async () => (await import("../commands/uninstall.ts")).uninstall,
  completion: async () =>
    (await import("../commands/completion.ts")).completion,
  man: async () => (await import("../commands/man.ts")).man,
};

const ALIASES: Readonly<Record<string, readonly string[]>> = {
  setup: ["--setup"],
  switch: ["--switch"],
  next: ["--switch-next"],
  list: ["ls", "--list"],
  stats: ["--stats"],
};

/**
 * Every command, in the order of the help. Only `run.ts` imports this; whatever
 * else needs the commands gets them from its caller.
 */
export const COMMAND_INDEX: readonly CommandEntry[] = Object.entries(LOADERS)
  .map(([name, load]) => ({ name, load, aliases: ALIASES[name] ?? [] }));
