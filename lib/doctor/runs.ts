import { runtime } from "../system/mod.ts";
import { FILE_MODE } from "../disk/layout.ts";
import { findFault } from "../disk/permissions.ts";
import type { Finding, Look } from "./finding.ts";
import { moveAway } from "./move_away.ts";

/** Looks for what stands in the way of a record of a run. */
export async function* examineRuns({ layout }: Look): AsyncIterable<Finding> {
  for (const name of await runtime.files.list(layout.runs)) {
    if (!/^(?:key_)?run_/.test(name)) continue;
    const path = `${layout.runs}/${name}`;
    const fault = await findFault(path, "file", FILE_MODE);
    if (fault?.kind !== "foreign") continue;
    const mend = await moveAway(path, `${layout.root}/${name}`);
    yield { check: "runs", problem: `${path} ${fault.problem}`, mend };
  }
}
