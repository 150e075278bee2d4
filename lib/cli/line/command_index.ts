import type { Command, CommandEntry } from "./command.ts";

/**
 * Every command, in the order of the help. Only `run.ts` imports this; whatever
 * else needs the commands gets them from its caller.
 */
export const COMMAND_INDEX: readonly CommandEntry[] = [
  entry("setup", async () => (await import("../commands/setup.ts")).setup, [
    "--setup",
  ]),
  entry("login", async () => (await import("../commands/login.ts")).login),
  entry("add", async () => (await import("../commands/add.ts")).add),
  entry(
    "import",
    async () => (await import("../commands/import.ts")).importLogins,
  ),
  entry("label", async () => (await import("../commands/label.ts")).label),
  entry("move", async () => (await import("../commands/move.ts")).move),
  entry(
    "disable",
    async () => (await import("../commands/disable.ts")).disable,
  ),
  entry("enable", async () => (await import("../commands/enable.ts")).enable),
  entry("prefer", async () => (await import("../commands/prefer.ts")).prefer),
  entry("weight", async () => (await import("../commands/weight.ts")).weight),
  entry("pin", async () => (await import("../commands/pin.ts")).pin),
  entry("remove", async () => (await import("../commands/remove.ts")).remove),
  entry("exec", async () => (await import("../commands/exec.ts")).exec),
  entry("batch", async () => (await import("../commands/batch.ts")).batch),
  entry(
    "switch",
    async () => (await import("../commands/switch.ts")).switchTo,
    [
      "--switch",
    ],
  ),
  entry("next", async () => (await import("../commands/next.ts")).next, [
    "--switch-next",
  ]),
  entry(
    "cooldown",
    async () => (await import("../commands/cooldown.ts")).cooldown,
  ),
  entry("env", async () => (await import("../commands/env.ts")).env),
  entry("shim", async () => (await import("../commands/shim.ts")).shim),
  entry("status", async () => (await import("../commands/status.ts")).status),
  entry("which", async () => (await import("../commands/which.ts")).which),
  entry("list", async () => (await import("../commands/list.ts")).list, [
    "ls",
    "--list",
  ]),
  entry("stats", async () => (await import("../commands/stats.ts")).stats, [
    "--stats",
  ]),
  entry("quota", async () => (await import("../commands/quota.ts")).quota),
  entry("guard", async () => (await import("../commands/guard.ts")).guard),
  entry(
    "metrics",
    async () => (await import("../commands/metrics.ts")).metrics,
  ),
  entry("log", async () => (await import("../commands/log.ts")).log),
  entry("doctor", async () => (await import("../commands/doctor.ts")).doctor),
  entry(
    "refresh",
    async () => (await import("../commands/refresh.ts")).refresh,
  ),
  entry(
    "restore",
    async () => (await import("../commands/restore.ts")).restore,
  ),
  entry("notify", async () => (await import("../commands/notify.ts")).notify),
  entry("rules", async () => (await import("../commands/rules.ts")).rules),
  entry("config", async () => (await import("../commands/config.ts")).config),
  entry(
    "upgrade",
    async () => (await import("../commands/upgrade.ts")).upgrade,
  ),
  entry(
    "uninstall",
    async () => (await import("../commands/uninstall.ts")).uninstall,
  ),
  entry(
    "completion",
    async () => (await import("../commands/completion.ts")).completion,
  ),
  entry("man", async () => (await import("../commands/man.ts")).man),
];

function entry(
  name: string,
  load: () => Promise<Command>,
  aliases: readonly string[] = [],
): CommandEntry {
  return { name, load, aliases };
}
