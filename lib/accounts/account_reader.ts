import { byOrder } from "../ledger/preferences.ts";
import { type Snapshot, takeSnapshot } from "../vault/snapshot.ts";
import {
  type Account,
  type AccountOrder,
  countAccounts,
  describeAccounts,
  type RotationState,
} from "./account.ts";
import {
  accountIn,
  type AccountKind,
  nameAccounts,
} from "../vault/account_name.ts";
import type { Outlook } from "./account_manager_options.ts";
import { CredentialReader } from "./credential_reader.ts";
import { LEFT_EARLY, toCandidates } from "./candidates.ts";
import type { Candidate, NextPreview, StrategyName } from "./select.ts";
import type { Readiness } from "../readiness.ts";
import type { LogTail } from "../disk/audit_tail.ts";
import type { Overview, OverviewOptions } from "./overview.ts";
import type { AccountUse } from "./running.ts";
import { findRefusingAgent } from "../vault/block.ts";
import type { AccountName } from "../account_name.ts";
import type { AccountQuota } from "./account_quota.ts";
import type { EarlyOutlook } from "./leave_early.ts";

/**
 * Reads the accounts of one folder; takes no lock and changes nothing.
 *
 * Modules that `list` does not need are loaded on demand, since loading them
 * takes longer than reading the accounts.
 */
export class AccountReader extends CredentialReader {
  /**
   * Lists every account, ascending; takes no lock and changes nothing.
   *
   * @example
   * ```ts
   * import { AccountManager } from "@x/qwen-rotate";
   *
   * for (const account of await new AccountManager().listAccounts()) {
   *   console.log(account.index, account.label, account.state);
   * }
   * ```
   */
  async listAccounts(): Promise<Account[]> {
    const snapshot = await this.#look();
    return await this.#describe(snapshot, await this.#early(snapshot));
  }

  /**
   * Returns which account the next run would use and why, and whether each
   * account may be used now; takes no lock and changes nothing.
   */
  async overview(options: OverviewOptions = {}): Promise<Overview> {
    const { countsRuns = true, tellsOfTrouble = false } = options;
    const { chooseNext } = await import("./overview.ts");
    const snapshot = tellsOfTrouble
      ? await this.#look()
      : await this.snapshot();
    const { active } = snapshot;
    const early = await this.#early(snapshot);
    const accounts = await this.#describe(snapshot, early);
    const now = this.system.now();
    const useOf = countsRuns || options.strategy === "spread"
      ? await (await import("./running.ts")).findUses(snapshot)
      : undefined;
    const runs = useOf &&
      new Map(accounts.map((it) => [it.index, useOf(it.index).runs]));
    const given = { ...options, now, runs, roomFor: early?.roomFor };
    const choice = chooseNext(snapshot, accounts, given);
    return {
      accounts: accounts.map((it) => ({
        ...it,
        ...useOf?.(it.index) ?? NOT_USED,
      })),
      active: accounts.find((it) => it.index === active)?.index,
      ...choice,
    };
  }

  /**
   * Returns the traffic and the quota of each of `accounts`, from the counts of
   * `days` days, by default all; takes no lock and changes nothing.
   *
   * @internal
   */
  async readQuota(
    accounts: readonly Account[],
    { days }: { days?: number | undefined } = {},
  ): Promise<AccountQuota[]> {
    const { readQuota } = await import("./account_quota.ts");
    return await readQuota(this.layout, accounts, {
      now: this.system.now(),
      days,
    });
  }

  /** Returns the last events of the log; takes no lock and changes nothing. */
  async recentEvents(): Promise<LogTail> {
    const { readLogTail } = await import("../disk/audit_tail.ts");
    return await readLogTail(this.layout);
  }

  /**
   * Returns the counts of uses and switches; takes no lock and changes nothing.
   *
   * @example
   * ```ts
   * import { AccountManager } from "@x/qwen-rotate";
   *
   * const { currentIndex, switchesTotal } = await new AccountManager()
   *   .getStats();
   * console.log(`account ${currentIndex} after ${switchesTotal} switches`);
   * ```
   */
  async getStats(): Promise<RotationState> {
    return countAccounts(await this.#look());
  }

  /**
   * Returns the same as {@linkcode getStats} and {@linkcode nameAccounts}, from
   * one look.
   *
   * @internal
   */
  async getNamedStats(): Promise<[RotationState, AccountName[]]> {
    const snapshot = await this.#look();
    return [countAccounts(snapshot), nameAccounts(snapshot)];
  }

  /**
   * Returns the number and the label of each account, ascending, without
   * reading a slot; takes no lock and changes nothing.
   */
  async nameAccounts(): Promise<AccountName[]> {
    return nameAccounts(await takeSnapshot(this.layout));
  }

  /**
   * Returns the order in which rotation prefers the accounts, and those that
   * the user put in order; takes no lock and changes nothing.
   */
  async getOrder(): Promise<AccountOrder> {
    const snapshot = await takeSnapshot(this.layout);
    const { order } = snapshot.state;
    const compare = byOrder(order);
    const accounts = nameAccounts(snapshot)
      .sort((a, b) => compare(a.index, b.index));
    const named = accounts.filter((it) => order.includes(it.index));
    return { named: named.map((it) => it.index), accounts };
  }

  /**
   * Returns the number and the label of each removed account that can be
   * restored, ascending; takes no lock and changes nothing.
   */
  async nameRemoved(): Promise<AccountName[]> {
    const { listRemoved } = await import("../vault/logins/removed.ts");
    const snapshot = await takeSnapshot(this.layout);
    const present = nameAccounts(snapshot).map((it) => it.index);
    const kept = (await listRemoved(this.layout))
      .filter((it) => it.part === "slot").map((it) => it.index);
    const left = [...snapshot.state.accounts]
      .filter(([, it]) => it.removed !== undefined).map(([index]) => index);
    const removed = new Set(kept.concat(left))
      .difference(new Set(present));
    return [...removed].sort((a, b) => a - b)
      .map((index) => accountIn(snapshot, index));
  }

  /**
   * Returns which account `switchNext` would choose now, and why it would not
   * choose the others; takes no lock and changes nothing.
   *
   * @throws {AccountError} If the strategy would use several plan logins at
   * once.
   */
  async previewNext(
    { strategy = "round-robin" }: { strategy?: StrategyName | undefined } = {},
  ): Promise<NextPreview> {
    const { previewNext } = await import("./preview_next.ts");
    const snapshot = await this.snapshot();
    const now = this.system.now();
    const early = await this.#early(snapshot);
    return await previewNext(snapshot, { strategy, now, early });
  }

  /**
   * Returns when each account may be used again, the earliest first; only for
   * `model` and accounts of `kind`, if given. Takes no lock and changes
   * nothing.
   */
  async readiness(
    { model, kind, from }: {
      model?: string | undefined;
      kind?: AccountKind | undefined;
      /** The account that another one replaces. @default the active one */
      from?: number | undefined;
    } = {},
  ): Promise<Readiness[]> {
    const snapshot = await this.snapshot();
    const now = this.system.now();
    const all = toCandidates(snapshot, { now, model, kind, from });
    const { withSlotProblems } = await import("./slot_problem.ts");
    return byTime(await withSlotProblems(snapshot, all));
  }

  /**
   * Returns the same as {@linkcode readiness}, but without reading the slots,
   * and which account is active; takes no lock and changes nothing.
   *
   * @internal
   */
  async outlook(
    { model, kind }: {
      model?: string | undefined;
      kind?: AccountKind | undefined;
    } = {},
  ): Promise<Outlook> {
    const snapshot = await this.snapshot();
    const all = toCandidates(snapshot, { now: this.system.now(), model, kind });
    return { active: snapshot.active, readiness: byTime(all) };
  }

  async #look(): Promise<Snapshot> {
    const snapshot = await this.snapshot();
    const { tellOfTrouble } = await import("./tell_of_trouble.ts");
    await tellOfTrouble(snapshot, this.notify);
    return snapshot;
  }

  async #describe(
    snapshot: Snapshot,
    early: EarlyOutlook | undefined,
  ): Promise<Account[]> {
    const { agentVersion } = this.options;
    const refusingAgent = await findRefusingAgent(snapshot, agentVersion);
    const now = this.system.now();
    const all = await describeAccounts(snapshot, { now, refusingAgent });
    return early ? all.map((it) => withEarly(it, early)) : all;
  }

  /** Returns what runs do because of the quota, if they leave accounts early. */
  async #early(snapshot: Snapshot): Promise<EarlyOutlook | undefined> {
    const quota = this.quotaWatch;
    if (!quota || quota.threshold === 0) return undefined;
    const { earlyOutlook } = await import("./leave_early.ts");
    return earlyOutlook(snapshot, { now: this.system.now(), quota });
  }
}

function withEarly(account: Account, { leftUntil }: EarlyOutlook): Account {
  const isUsual = account.state === "ready" && account.reason === undefined;
  const left = isUsual ? leftUntil(account.index) : undefined;
  return left ? { ...account, reason: LEFT_EARLY, ...left } : account;
}

const NOT_USED: AccountUse = {
  runs: 0,
  runningSince: undefined,
  inFlight: 0,
  waiting: 0,
};

function byTime(candidates: readonly Candidate[]): Readiness[] {
  return candidates.toSorted((a, b) => a.readyAt - b.readyAt);
}
