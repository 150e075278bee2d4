import { RunTurn } from "../../../lib/accounts/pool/run_turn.ts";
import { AccountPool } from "../../../lib/accounts/pool/account_pool.ts";
import { keyUpstream } from "../../../lib/accounts/pool/upstream.ts";
import type { LeftAccount } from "../../../lib/accounts/pool/pool.ts";
import { AccountManager } from "../../../lib/mod.ts";
import type { BeginRunOptions, CooldownLimits } from "../../../lib/types.ts";
import {
  type AccountFolder,
  accountFolder,
  type AccountFolderOptions,
} from "../../support/account_folder.ts";
import { type FakeClock, fakeClock } from "../../support/clock.ts";

/** Accounts with their own clock, and pools of them. */
export interface PoolScene extends AsyncDisposable {
  /** The folder of the accounts. */
  folder: AccountFolder;
  /** The clock of all managers. */
  clock: FakeClock;
  /** Creates a manager, as every process has its own. */
  manager(): AccountManager;
  /** Begins a run and creates a pool from it. */
  pool(options?: PoolSceneOptions): Promise<AccountPool>;
  /** The switches that the pools reported, such as `1 quota 2`. */
  switches: string[];
  /** Counts the events of a kind in the log. */
  count(event: string): Promise<number>;
}

/** How to create a pool. */
export interface PoolSceneOptions extends BeginRunOptions {
  /** @default its own manager */
  manager?: AccountManager;
  /** The longest cooldown. */
  limits?: CooldownLimits;
  /** The most switches in a row. */
  maxRetries?: number;
  /** Whether to follow the active account. */
  follows?: boolean;
}

/** Creates a scene whose accounts have keys, and others as in `options`. */
export async function poolScene(
  options: AccountFolderOptions,
): Promise<PoolScene> {
  const folder = await accountFolder(options);
  const clock = fakeClock();
  const switches: string[] = [];
  const pools: AccountPool[] = [];
  const manager = () => new AccountManager({ dir: folder.path, system: clock });
  const note = ({ account, verdict, to }: LeftAccount) => {
    switches.push(`${account} ${verdict.kind} ${to}`);
  };
  return {
    folder,
    clock,
    switches,
    manager,
    async pool(
      {
        manager: accounts = manager(),
        limits,
        maxRetries,
        follows,
        ...options
      } = {},
    ) {
      const turn = await RunTurn.take(accounts, { ...options, limits });
      const pool = await AccountPool.of(turn, {
        toUpstream: ({ account, key }) =>
          keyUpstream(account, key ?? NO_KEY, turn.run.key?.model ?? ""),
        strategy: options.strategy,
        maxRetries,
        follows,
        onSwitch: note,
        system: clock,
      });
      pools.push(pool);
      return pool;
    },
    async count(event) {
      return (await folder.events()).filter((it) => it.event === event).length;
    },
    async [Symbol.asyncDispose]() {
      for (const it of pools) await it.endOrNotify(() => {});
      await folder[Symbol.asyncDispose]();
    },
  };
}

const NO_KEY = { apiKey: "", baseUrl: "", model: "" };
