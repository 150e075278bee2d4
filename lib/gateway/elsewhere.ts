import type { AccountManager } from "../rotation/account_manager.ts";
import type { BegunRun } from "../rotation/begin_run.ts";
import type { AccountPoolOptions } from "./account_pool_options.ts";
import type { Upstream } from "./pool.ts";

/** Which account to look for. */
export interface ElsewhereOptions
  extends Pick<AccountPoolOptions, "toUpstream"> {
  /** The model that the client asks for. */
  model: string | undefined;
  /** Accounts that are of no use to the caller. */
  except: ReadonlySet<number>;
  /** The run that the pool began with. */
  first: BegunRun;
}

/**
 * Returns an account that is ready and differs from `upstream` in the model that
 * it is asked for, or in its address: the next one in the circle. Without an
 * `upstream` it is one that rests for other models alone. Only reads.
 */
export async function findElsewhere(
  accounts: AccountManager,
  upstream: Upstream | undefined,
  { model, except, first, toUpstream }: ElsewhereOptions,
): Promise<Upstream | undefined> {
  const ready = upstream
    ? await readyFor(first.model)
    : (await readyFor(model)).filter(isNotIn(await readyFor(undefined)));
  const account = upstream?.account ?? 0;
  const others = [
    ...ready.filter((it) => it > account),
    ...ready.filter((it) => it < account),
  ];
  for (const index of others) {
    const other = await describe(index);
    const isMeant = !upstream || other && isElsewhere(other, upstream, model);
    if (other && isMeant) return other;
  }
  return undefined;

  async function readyFor(model: string | undefined): Promise<number[]> {
    const kind = first.key ? "api-key" : "oauth";
    return (await accounts.readiness({ model, kind }))
      .filter((it) => it.obstacle === undefined && !except.has(it.index))
      .map((it) => it.index).sort((a, b) => a - b);
  }

  async function describe(index: number): Promise<Upstream | undefined> {
    try {
      const key = first.key && await accounts.readKey(index);
      return await toUpstream({ ...first, account: index, key });
    } catch {
      return undefined; // its slot cannot be used, which is told elsewhere
    }
  }
}

function isNotIn(others: readonly number[]): (index: number) => boolean {
  return (index) => !others.includes(index);
}

function isElsewhere(
  other: Upstream,
  upstream: Upstream,
  model: string | undefined,
): boolean {
  return other.baseUrl !== upstream.baseUrl ||
    model !== undefined && other.modelFor(model) !== upstream.modelFor(model);
}
