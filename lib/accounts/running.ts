import { readTraffic } from "../ledger/traffic_file.ts";
import { underWay, waiting, withoutDead } from "../ledger/traffic.ts";
import { runtime } from "../system/mod.ts";
import { listRuns, type Run, startOfRun } from "../vault/settle/runs.ts";
import type { Snapshot } from "../vault/snapshot.ts";
import { mayBeUnderWay } from "../vault/settle/holders.ts";

type Folder = Pick<Snapshot, "layout" | "active">;

/**
 * Returns the number of current runs by account; changes nothing. A run that
 * may have read several logins counts for the active account, if that is one of
 * them.
 */
export async function countRuns(
  folder: Folder,
): Promise<ReadonlyMap<number, number>> {
  const runs = await currentRuns(folder);
  return new Map([...runs].map(([index, it]) => [index, it.length]));
}

/** How an account is used now. */
export interface AccountUse {
  /** The number of runs with it that are under way. */
  runs: number;
  /** When the first of them began, epoch milliseconds. */
  runningSince: number | undefined;
  /**
   * How many of its requests are under way: those through gateways, and each run
   * without a gateway as one.
   */
  inFlight: number;
  /** How many requests and runs wait for it. */
  waiting: number;
}

/** Returns how accounts are used now; changes nothing. */
export async function findUses(
  folder: Folder,
): Promise<(index: number) => AccountUse> {
  const { layout } = folder;
  const runs = await currentRuns(folder);
  const starts = new Map<number, number>();
  for (const [index, all] of runs) {
    const found = await Promise.all(all.map((it) => startOfRun(layout, it)));
    const known = found.filter((it) => it !== undefined);
    if (known.length > 0) starts.set(index, Math.min(...known));
  }
  const isAlive = (it: string) => runtime.host.mayBeRunning(it);
  const traffic = withoutDead(await readTraffic(layout), isAlive);
  return (index) => ({
    runs: runs.get(index)?.length ?? 0,
    runningSince: starts.get(index),
    inFlight: underWay(traffic, index),
    waiting: waiting(traffic, index),
  });
}

async function currentRuns(
  { layout, active }: Folder,
): Promise<Map<number, Run[]>> {
  const holds = await listRuns(layout, { kind: "hold" });
  const byId = Map.groupBy(await listRuns(layout), (it) => it.id);
  for (const it of holds) byId.set(it.id, [it]);
  const current = new Map<number, Run[]>();
  for (const records of byId.values()) {
    const run = records.find((it) => it.account === active) ?? records[0];
    if (!run || !await mayBeUnderWay(run)) continue;
    current.set(run.account, [...current.get(run.account) ?? [], run]);
  }
  return current;
}
