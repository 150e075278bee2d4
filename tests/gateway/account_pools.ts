import { AccountPool } from "../../lib/gateway/account_pool.ts";
import { keyUpstream } from "../../lib/gateway/key_upstream.ts";
import type { LeftAccount } from "../../lib/gateway/account_pool_options.ts";
import { AccountManager } from "../../lib/rotation/account_manager.ts";
import type { BeginRunOptions } from "../../lib/rotation/begin_run.ts";
import type { CooldownLimits } from "../../lib/store/cooldown.ts";
import {
  type AccountFolder,
  accountFolder,
  type AccountFolderOptions,
} from "../support/account_folder.ts";
import { type FakeClock, fakeClock } from "../support/clock.ts";

/** Accounts with a time of their own, and pools over them. */
export interface PoolScene extends AsyncDisposable {
  /** The folder of the accounts. */
  folder: AccountFolder;
  /** The time of all managers. */
  clock: FakeClock;
  /** A manager such as each process has one. */
  manager(): AccountManager;
  /** Begins a run and makes a pool of it. */
  pool(options?: PoolSceneOptions): Promise<AccountPool>;
  /** The switches that the pools told of, such as `1 quota 2`. */
  switches: string[];
  /** How often the log has an event of that kind. */
  count(event: string): Promise<number>;
}

/** How a pool is to be. */
export interface PoolSceneOptions extends BeginRunOptions {
  /** @default a manager of its own */
  manager?: AccountManager;
  /** How long an account is left alone at most. */
  limits?: CooldownLimits;
  /** How often to go on in a row. */
  maxRetries?: number;
  /** Whether to go where the active account is. */
  follows?: boolean;
}

/** Makes a scene with accounts that have keys, and others as `options` say. */
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
