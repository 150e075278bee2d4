import { NoAccountError, NoOtherAccountError } from "../errors.ts";
import { findLayout, type Layout } from "../store/layout.ts";
import { readLiveFile } from "../store/live_file.ts";
import { type Snapshot, takeSnapshot } from "../store/snapshot.ts";
import { withUse } from "../store/state.ts";
import { type Change, type Locked, update } from "../store/update.ts";
import type { Notify, System } from "../system.ts";
import {
  type Account,
  countAccounts,
  describeAccounts,
  type Stats,
} from "./account.ts";
import { addAccount, type AddResult } from "./add_account.ts";
import { nextAccount } from "./select.ts";
import { activate, settle } from "./settle.ts";
import {
  requireAccount,
  switchAccount,
  type SwitchResult,
} from "./switch_account.ts";

/** Where the accounts lie and how to work on them. */
export interface AccountManagerOptions {
  /** The folder. @default ACCOUNT_QWEN_DIR, else `.qwen` in HOME */
  dir?: string | undefined;
  /** How long to wait for another process, milliseconds. @default 30_000 */
  lockTimeoutMs?: number | undefined;
  /** Hears of repairs, a line each. @default nobody */
  notify?: Notify;
  /** The clock and the environment. @default realSystem */
  system?: Pick<System, "env" | "now" | "sleep">;
}

/** How to choose the next account. */
export interface SwitchNextOptions {
  /**
   * The account that the caller saw as active. If another one is by now,
   * somebody has switched already, and that one is reported instead.
   *
   * @default whichever is active
   */
  from?: number | undefined;
  /** Accounts that are of no use to the caller. @default none */
  except?: ReadonlySet<number>;
  /** Why, for the audit log. @default "asked for" */
  reason?: string;
}

/**
 * Switches, lists and counts the accounts that lie side by side in one folder.
 *
 * Any number of processes may do so at the same time: a kernel lock keeps the
 * ones that change something apart, and the others need none.
 *
 * @example
 * ```ts
 * import { AccountManager } from "@x/qwen-rotate";
 *
 * const accounts = new AccountManager();
 * for (const { index, active } of await accounts.listAccounts()) {
 *   console.log(index, active);
 * }
 * ```
 */
export class AccountManager {
  readonly #layout: Layout;
  readonly #options: AccountManagerOptions;

  /**
   * Creates a manager; touches nothing yet.
   *
   * @throws {HomeNotSetError} If nothing says where the accounts lie.
   */
  constructor(options: AccountManagerOptions = {}) {
    this.#layout = findLayout(options);
    this.#options = options;
  }

  /** The folder with the accounts, the state and the log. */
  get dir(): string {
    return this.#layout.root;
  }

  /** Lists every account, ascending; takes no lock and changes nothing. */
  async listAccounts(): Promise<Account[]> {
    return await describeAccounts(await this.#look());
  }

  /** Counts uses and switches; takes no lock and changes nothing. */
  async getStats(): Promise<Stats> {
    return countAccounts(await this.#look());
  }

  /** Whether the CLI has put a login of its own into the link's place. */
  async hasUnlinkedLogin(): Promise<boolean> {
    return (await readLiveFile(this.#layout)).kind === "file";
  }

  /**
   * Makes account `index` the active one.
   *
   * @throws {MissingAccountError} If there is no such account.
   * @throws {LockTimeoutError} If another process holds the lock for too long.
   */
  async switchTo(
    index: number,
    { reason = ASKED }: { reason?: string } = {},
  ): Promise<SwitchResult> {
    return await this.#update(async (locked) => {
      requireAccount(locked, index);
      const from = await settle(locked);
      return await switchAccount(locked, { from, to: index, reason });
    });
  }

  /**
   * Makes the next account the active one, in ascending order and from the
   * last one back to the first.
   *
   * @throws {NoAccountError} If there is no account.
   * @throws {NoOtherAccountError} If there is none but the active one.
   * @throws {LockTimeoutError} If another process holds the lock for too long.
   */
  async switchNext(options: SwitchNextOptions = {}): Promise<SwitchResult> {
    const { except = new Set(), reason = ASKED } = options;
    return await this.#update(async (locked) => {
      const { layout, slots } = locked;
      const from = await settle(locked);
      const seen = options.from ?? from;
      const someoneSwitched = from !== undefined && from !== seen &&
        slots.includes(from) && !except.has(from);
      const to = someoneSwitched ? from : nextAccount(slots, { from, except });
      if (to === undefined) {
        throw from === undefined || slots.length === 0
          ? new NoAccountError(layout.accounts)
          : new NoOtherAccountError(from);
      }
      return await switchAccount(locked, { from, to, reason });
    });
  }

  /**
   * Makes ready for a run of the CLI: brings home what an earlier run left,
   * makes the link where there is none, and returns the account that the run
   * is to use: `account`, else the active one, else the first.
   *
   * @throws {NoAccountError} If there is no account.
   * @throws {MissingAccountError} If there is no account of that number.
   * @throws {LockTimeoutError} If another process holds the lock for too long.
   */
  async beginRun({ account }: { account?: number | undefined } = {}): Promise<
    number
  > {
    return await this.#update(async (locked) => {
      const { layout, slots, now } = locked;
      if (account !== undefined) requireAccount(locked, account);
      const from = await settle(locked);
      const to = account ?? slots.find((it) => it === from) ?? slots[0];
      if (to === undefined) throw new NoAccountError(layout.accounts);
      const { state } = await switchAccount(locked, {
        from: from ?? to, // the first link is no switch
        to,
        reason: "chosen for a run",
      });
      const time = new Date(now).toISOString();
      return { state: withUse(state, to, time), result: to };
    });
  }

  /** Brings home what a run of the CLI put into the link's place, if it did. */
  async endRun(): Promise<void> {
    const live = await readLiveFile(this.#layout);
    if (live.kind === "slot") return;
    await this.#update(async (locked) => {
      const from = await settle(locked);
      if (from === undefined || !locked.slots.includes(from)) {
        return { state: locked.state, result: undefined };
      }
      await activate(locked, from);
      return {
        state: { ...locked.state, currentIndex: from },
        result: undefined,
      };
    });
  }

  /**
   * Adds the credential file at `path` as a new account, or, without a path,
   * the one that the CLI has put into the link's place. The file itself stays.
   *
   * @throws {InvalidCredentialError} If it is none.
   * @throws {LockTimeoutError} If another process holds the lock for too long.
   */
  async addAccount(path?: string): Promise<AddResult> {
    return await this.#update((locked) => addAccount(locked, path));
  }

  async #look(): Promise<Snapshot> {
    const { notify = () => {} } = this.#options;
    const snapshot = await takeSnapshot(this.#layout);
    const { live, loaded } = snapshot;
    if (loaded.problem) {
      notify(`state.yaml ${loaded.problem}: the next switch makes it anew`);
    }
    if (live.kind === "file") {
      notify(
        "oauth_creds.json is a login of qwen: account-qwen setup takes it in",
      );
    }
    return snapshot;
  }

  #update<T>(change: (locked: Locked) => Promise<Change<T>>): Promise<T> {
    const { notify = () => {}, lockTimeoutMs, system } = this.#options;
    return update(this.#layout, change, {
      notify,
      lockTimeoutMs,
      ...(system ? { system } : {}),
    });
  }
}

const ASKED = "asked for";
