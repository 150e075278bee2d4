import type { AccountManager } from "../accounts/account_manager.ts";
import type { BegunRun } from "../accounts/begin_run.ts";
import type { AccountPoolOptions, Upstream } from "./pool.ts";

/** Which account to look for. */
export interface ElsewhereOptions
  extends Pick<AccountPoolOptions, "toUpstream"> {
  /** The model that the client requests. */
  model: string | undefined;
  /** Accounts to skip. */
  except: ReadonlySet<number>;
  /** The run that the pool began with. */
  first: BegunRun;
}

/**
 * Returns a ready account that differs from `upstream` in address or in the
 * model it would be asked for, starting with the next number. Without
 * `upstream`, returns an account that is resting only for other models. Changes
 * nothing.
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
      return undefined; // its slot is unusable, which is reported elsewhere
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
