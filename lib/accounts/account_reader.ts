import { runtime } from "../system/mod.ts";
import { byOrder } from "../ledger/order.ts";
import { type Snapshot, takeSnapshot } from "../vault/snapshot.ts";
import { realSystem } from "../system/system.ts";
import {
  type Account,
  type AccountOrder,
  countAccounts,
  describeAccounts,
  type RotationState,
} from "./account.ts";
import {
  type AccountKind,
  type AccountName,
  nameAccounts,
} from "../vault/account_name.ts";
import type { Outlook } from "./account_manager_options.ts";
import { CredentialReader } from "./credential_reader.ts";
import {
  type Candidate,
  type NextPreview,
  selectAccount,
  type StrategyName,
  toCandidates,
} from "./select.ts";
import type { Readiness } from "../errors.ts";
import type { LogTail } from "../disk/audit_tail.ts";
import type { Overview, OverviewOptions } from "./overview.ts";
import { findRefusingAgent } from "../vault/ended.ts";

/**
 * Looks at the accounts of one folder; takes no lock and changes nothing.
 *
 * What `list` does without is loaded when it is needed: that would take longer
 * than the looking.
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
    return await this.#describe(await this.#look());
  }

  /**
   * Says which account the next run would use and why, and of each account
   * whether it may be used now; takes no lock and changes nothing.
   */
  async overview(options: OverviewOptions = {}): Promise<Overview> {
    const { system = realSystem } = this.options;
    const { countsRuns = true, tellsOfTrouble = false } = options;
    const { chooseNext } = await import("./overview.ts");
    const snapshot = tellsOfTrouble
      ? await this.#look()
      : await this.snapshot();
    const { active } = snapshot;
    const accounts = await this.#describe(snapshot);
    const now = system.now();
    const choice = chooseNext(snapshot, accounts, { ...options, now });
    const runs = countsRuns
      ? await (await import("./running.ts")).countRuns(snapshot)
      : undefined;
    return {
      accounts: accounts.map((it) => ({
        ...it,
        runs: runs?.get(it.index) ?? 0,
      })),
      active: accounts.find((it) => it.index === active)?.index,
      ...choice,
    };
  }

  /** The last events of the log; takes no lock and changes nothing. */
  async recentEvents(): Promise<LogTail> {
    const { readLogTail } = await import("../disk/audit_tail.ts");
    return await readLogTail(this.layout);
  }

  /**
   * Counts uses and switches; takes no lock and changes nothing.
   *
   * @example
   * ```ts
   * import { AccountManager } from "@x/qwen-rotate";
   *
   * const { currentIndex, switchesTotal } = await new
   * AccountManager().getStats(); console.log(`account ${currentIndex} after
   * ${switchesTotal} switches`);
   * ```
   */
  async getStats(): Promise<RotationState> {
    return countAccounts(await this.#look());
  }

  /**
   * Says what each account can be called by, ascending, and reads no slot for
   * it; takes no lock and changes nothing.
   */
  async nameAccounts(): Promise<AccountName[]> {
    return nameAccounts(await takeSnapshot(this.layout));
  }

  /**
   * The order in which rotation prefers the accounts, and which of them the
   * user has named for it; takes no lock and changes nothing.
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
   * Tells the present state of the accounts from any other one; takes no lock,
   * and costs less than a look at them.
   *
   * @internal
   */
  async stateMark(): Promise<string> {
    const info = await runtime.files.info(this.layout.state);
    return info ? `${info.inode} ${info.mtimeMs}` : "";
  }

  /**
   * Says what each removed account that can be restored was called, ascending;
   * takes no lock and changes nothing.
   */
  async nameRemoved(): Promise<AccountName[]> {
    const { listRemoved } = await import("../vault/logins/removed.ts");
    const snapshot = await takeSnapshot(this.layout);
    const present = nameAccounts(snapshot).map((it) => it.index);
    const removed = new Set(
      (await listRemoved(this.layout))
        .filter((it) => it.part === "slot" && !present.includes(it.index))
        .map((it) => it.index),
    );
    return [...removed].sort((a, b) => a - b).map((index) => ({
      index,
      label: snapshot.state.accounts.get(index)?.label,
    }));
  }

  /**
   * Says which account `switchNext` would choose now, and why not the
   * others; takes no lock and changes nothing.
   */
  async previewNext(
    { strategy = "round-robin" }: { strategy?: StrategyName | undefined } = {},
  ): Promise<NextPreview> {
    const { system = realSystem } = this.options;
    const snapshot = await this.snapshot();
    const all = toCandidates(snapshot, { now: system.now() });
    const candidates = await judgeSlots(snapshot, all);
    const { active } = snapshot;
    const options = { strategy, active, mayStay: false };
    const chosen = selectAccount(candidates, options);
    return { active, chosen: chosen?.index, candidates };
  }

  /**
   * Says when each account may be used again, for `model` and of `kind` if one
   * is named, the first one first; takes no lock and changes nothing.
   */
  async readiness(
    { model, kind }: {
      model?: string | undefined;
      kind?: AccountKind | undefined;
    } = {},
  ): Promise<Readiness[]> {
    const { system = realSystem } = this.options;
    const snapshot = await this.snapshot();
    const all = toCandidates(snapshot, { now: system.now(), model, kind });
    return byTime(await judgeSlots(snapshot, all));
  }

  /**
   * The same without a look into the slots, and which account is active; takes
   * no lock and changes nothing.
   *
   * @internal
   */
  async outlook(
    { model, kind }: {
      model?: string | undefined;
      kind?: AccountKind | undefined;
    } = {},
  ): Promise<Outlook> {
    const { system = realSystem } = this.options;
    const snapshot = await this.snapshot();
    const all = toCandidates(snapshot, { now: system.now(), model, kind });
    return {
      active: snapshot.active,
      readiness: byTime(all),
    };
  }

  async #look(): Promise<Snapshot> {
    const { notify = () => {} } = this.options;
    const snapshot = await this.snapshot();
    const { tellOfTrouble } = await import("./tell_of_trouble.ts");
    await tellOfTrouble(snapshot, notify);
    return snapshot;
  }

  async #describe(snapshot: Snapshot): Promise<Account[]> {
    const { agentVersion, system = realSystem } = this.options;
    const refusingAgent = await findRefusingAgent(snapshot, agentVersion);
    const now = system.now();
    return await describeAccounts(snapshot, { now, refusingAgent });
  }
}

function byTime(candidates: readonly Candidate[]): Readiness[] {
  return candidates.toSorted((a, b) => a.readyAt - b.readyAt);
}

/** The same judgement of a slot as that of a change. */
async function judgeSlots(
  snapshot: Snapshot,
  candidates: readonly Candidate[],
): Promise<Candidate[]> {
  const { withSlotProblems } = await import("./slot_problem.ts");
  return await withSlotProblems(snapshot, candidates);
}
