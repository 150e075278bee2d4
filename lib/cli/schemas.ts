import add from "./schemas/add.json" with { type: "json" };
import batch from "./schemas/batch.json" with { type: "json" };
import config from "./schemas/config.json" with { type: "json" };
import cooldown from "./schemas/cooldown.json" with { type: "json" };
import disable from "./schemas/disable.json" with { type: "json" };
import doctor from "./schemas/doctor.json" with { type: "json" };
import enable from "./schemas/enable.json" with { type: "json" };
import exec from "./schemas/exec.json" with { type: "json" };
import guard from "./schemas/guard.json" with { type: "json" };
import label from "./schemas/label.json" with { type: "json" };
import list from "./schemas/list.json" with { type: "json" };
import log from "./schemas/log.json" with { type: "json" };
import next from "./schemas/next.json" with { type: "json" };
import notify from "./schemas/notify.json" with { type: "json" };
import pin from "./schemas/pin.json" with { type: "json" };
import prefer from "./schemas/prefer.json" with { type: "json" };
import quota from "./schemas/quota.json" with { type: "json" };
import refresh from "./schemas/refresh.json" with { type: "json" };
import remove from "./schemas/remove.json" with { type: "json" };
import rules from "./schemas/rules.json" with { type: "json" };
import shim from "./schemas/shim.json" with { type: "json" };
import stats from "./schemas/stats.json" with { type: "json" };
import status from "./schemas/status.json" with { type: "json" };
import switchTo from "./schemas/switch.json" with { type: "json" };
import upgrade from "./schemas/upgrade.json" with { type: "json" };
import weight from "./schemas/weight.json" with { type: "json" };
import which from "./schemas/which.json" with { type: "json" };
import shared from "./schemas/shared.json" with { type: "json" };

/**
 * The JSON schemas (draft 2020-12) of what the commands print with `--json`,
 * `exec` writes with `--report`, and `batch` for each prompt, by the command's
 * name. Within a `schema_version`, no field changes its meaning or is removed;
 * new fields may be added.
 */
const SCHEMAS: Readonly<Record<string, unknown>> = {
  add,
  batch,
  config,
  cooldown,
  disable,
  doctor,
  enable,
  exec,
  guard,
  label,
  list,
  log,
  next,
  notify,
  pin,
  prefer,
  quota,
  refresh,
  remove,
  rules,
  shim,
  stats,
  status,
  switch: switchTo,
  upgrade,
  weight,
  which,
};

/** What several schemas have in common; they refer to it by its name. */
const SHARED: Readonly<Record<string, object>> = shared;

/**
 * Formats the schema of a command. It stands alone: a definition of
 * `shared.json` replaces each reference to it.
 *
 * @throws {TypeError} If the command has no schema, which is a bug.
 */
export function formatSchema(command: string): string {
  const schema = SCHEMAS[command];
  if (!schema) throw new TypeError(`Cannot describe "${command}": no schema`);
  return JSON.stringify(schema, withShared, 2);
}

function withShared(key: string, part: unknown): unknown {
  const { $ref: ref, ...rest } = Object(part);
  const definition = SHARED[String(ref).replace("shared.json#/", "")];
  return definition ? withShared(key, { ...rest, ...definition }) : part;
}
