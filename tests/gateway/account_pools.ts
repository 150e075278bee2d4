import { AccountPool } from "../../lib/gateway/account_pool.ts";
import { keyUpstream } from "../../lib/gateway/upstreams.ts";
import type { LeftAccount } from "../../lib/gateway/pool.ts";
import { AccountManager } from "../../lib/accounts/account_manager.ts";
import type { BeginRunOptions } from "../../lib/accounts/begin_run.ts";
import type { CooldownLimits } from "../../lib/ledger/cooldown.ts";
import {
  type AccountFolder,
  accountFolder,
  type AccountFolderOptions,
} from "../support/account_folder.ts";
import { type FakeClock, fakeClock } from "../support/clock.ts";

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
      const run = await accounts.beginRun(options);
      return await AccountPool.of(accounts, run, {
        toUpstream: ({ account, key }) =>
          keyUpstream(account, key ?? NO_KEY, run.key?.model ?? ""),
        strategy: options.strategy,
        limits,
        maxRetries,
        follows,
        onSwitch: note,
        system: clock,
      });
    },
    async count(event) {
      return (await folder.events()).filter((it) => it.event === event).length;
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const NO_KEY = { apiKey: "", baseUrl: "", model: "" };
