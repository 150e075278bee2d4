import { runtime } from "../system/mod.ts";
import { FILE_MODE } from "../disk/layout.ts";
import { findFault } from "../disk/permissions.ts";
import { type Finding, type Look, moveAway } from "./finding.ts";

/** Finds records of runs that are not files or belong to another user. */
export async function* examineRuns({ layout }: Look): AsyncIterable<Finding> {
  for (const name of await runtime.files.list(layout.runs)) {
    if (!/^(?:(?:key_)?run|login)_/.test(name)) continue;
    const path = `${layout.runs}/${name}`;
    const fault = await findFault(path, "file", FILE_MODE);
    if (fault?.kind !== "foreign") continue;
    const mend = await moveAway(path, `${layout.root}/${name}`);
    yield { check: "runs", problem: `${path} ${fault.problem}`, mend };
  }
}
