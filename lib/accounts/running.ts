import { listHolds, listRuns } from "../vault/settle/runs.ts";
import type { Snapshot } from "../vault/snapshot.ts";
import { mayBeUnderWay } from "../vault/settle/holders.ts";

/**
 * Counts the runs that are under way, by account; changes nothing. A run that
 * may have read several logins counts for the active account, if that is one of
 * them.
 */
export async function countRuns(
  { layout, active }: Pick<Snapshot, "layout" | "active">,
): Promise<ReadonlyMap<number, number>> {
  const holds = await listHolds(layout);
  const byId = Map.groupBy(await listRuns(layout), (it) => it.id);
  for (const it of holds) byId.set(it.id, [it]);
  const counts = new Map<number, number>();
  for (const records of byId.values()) {
    const run = records.find((it) => it.account === active) ?? records[0];
    if (!run || !await mayBeUnderWay(run)) continue;
    counts.set(run.account, (counts.get(run.account) ?? 0) + 1);
  }
  return counts;
}
