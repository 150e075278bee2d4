import type { Notify } from "../system/system.ts";
import type { AuditEvent } from "../disk/audit_log.ts";
import type { Layout } from "../disk/layout.ts";
import { Ledger, type Memory } from "../ledger/ledger.ts";
import type { Leftover } from "./settle/leftovers.ts";
import type { LiveFile } from "./logins/live_file.ts";
import type { Run } from "./settle/runs.ts";
import { allAccounts } from "../disk/names.ts";
import { activeAccount, type ReservedFor, type Snapshot } from "./snapshot.ts";
import type { State } from "../ledger/state.ts";
import { type LoadedState, saveState } from "../ledger/state_file.ts";
import { Vault } from "./vault.ts";

/** An event; the time is added when it is written. @default info, no account */
export type UntimedEvent =
  & Pick<AuditEvent, "event" | "reason">
  & Partial<Pick<AuditEvent, "level" | "from" | "to">>;

/** What an update knows besides its snapshot. */
interface Circumstances {
  /** The processes that may have an account's login in memory. */
  runs: readonly Run[];
  /** What killed processes left behind. */
  leftovers: readonly Leftover[];
  /** Returns the current time, epoch milliseconds. */
  clock: () => number;
  /** Shows the user a message. */
  notify: Notify;
  /** Adds an event to the audit log, which is written after the state. */
  record: (event: UntimedEvent) => void;
  /** Called before the state is saved. @default nothing */
  beforeSave?: (locked: Locked) => Promise<void>;
}

/**
 * The folder of the accounts while an update holds the lock. The properties
 * show its content; only operations of `ledger` and `vault` change it.
 */
export class Locked implements Readonly<Snapshot> {
  /** Where everything is. */
  readonly layout: Layout;
  /** What `state.yaml` contained when the update began. */
  readonly loaded: LoadedState;
  /** Whether rotation may leave a login of a plan by itself. */
  readonly rotatesLogins: boolean | undefined;
  /** Returns for whom the rest of an account is kept. */
  readonly reserved: ReservedFor | undefined;
  /** When the update began, epoch milliseconds. */
  readonly now: number;
  /** Returns the current time, epoch milliseconds. */
  readonly clock: () => number;
  /** Shows the user a message. */
  readonly notify: Notify;
  /** Adds an event to the audit log, which is written after the state. */
  readonly record: (event: UntimedEvent) => void;
  /** Counts, cooldowns, and what the user says about the accounts. */
  readonly ledger: Ledger;
  /** The credentials on disk, and which account is active. */
  readonly vault: Vault;

  readonly #memory: Memory;
  readonly #beforeSave: (locked: Locked) => Promise<void>;
  readonly #successors = new Map<number, number>();
  #savedText: string | undefined;

  /** Creates the folder as an update finds it under the lock. */
  constructor(
    snapshot: Snapshot,
    circumstances: Circumstances,
  ) {
    const { runs, leftovers, clock, notify, record } = circumstances;
    const { layout, slots, keys, live, doubtful, loaded } = snapshot;
    this.layout = layout;
    this.rotatesLogins = snapshot.rotatesLogins;
    this.reserved = snapshot.reserved;
    this.loaded = loaded;
    this.now = clock();
    this.clock = clock;
    this.notify = notify;
    this.record = record;
    this.#memory = { state: snapshot.state };
    this.#beforeSave = circumstances.beforeSave ?? (() => Promise.resolve());
    this.#savedText = loaded.text;
    this.ledger = new Ledger(this.#memory, this.now);
    const disk = { slots, keys, live, doubtful, runs, leftovers };
    this.vault = new Vault(this.#memory, disk);
  }

  /**
   * The state, saved when the change is done. Until the update has settled,
   * `currentIndex` is the account that was active at the last save: the link
   * does not show whose login was written before it moved.
   */
  get state(): State {
    return this.#memory.state;
  }

  /** The OAuth accounts, ascending; the link can point to their slots. */
  get slots(): readonly number[] {
    return this.vault.disk.slots;
  }

  /** The API-key accounts, ascending. */
  get keys(): readonly number[] {
    return this.vault.disk.keys;
  }

  /** The active account. */
  get active(): number | undefined {
    return activeAccount(this);
  }

  /** What is at the path of the live file. */
  get live(): LiveFile {
    return this.vault.disk.live;
  }

  /** The doubtful accounts: the stash may hold a newer login of each. */
  get doubtful(): ReadonlySet<number> {
    return this.vault.disk.doubtful;
  }

  /** The processes that may have an account's login in memory. */
  get runs(): readonly Run[] {
    return this.vault.disk.runs;
  }

  /**
   * What killed processes left behind, and links that this update moved aside.
   */
  get leftovers(): readonly Leftover[] {
    return this.vault.disk.leftovers;
  }

  /** The accounts that runs continue with, by the account that each replaces. */
  get successors(): ReadonlyMap<number, number> {
    return this.#successors;
  }

  /**
   * Notes that runs continue with account `to` instead of `from`, although
   * another account is active. Targets are told; nothing else changes.
   */
  noteSuccessor({ from, to }: { from: number; to: number }): void {
    this.#successors.set(from, to);
  }

  /**
   * Saves the state, unless `state.yaml` has it already. Every update ends with
   * this; call it earlier for what must survive a kill.
   */
  async save(): Promise<void> {
    await this.#beforeSave(this);
    const totalAccounts = allAccounts(this).length;
    const state = { ...this.state, totalAccounts };
    this.#savedText = await saveState(this.layout, state, this.#savedText);
  }
}

/** What an update can read before it has settled; it cannot change anything. */
export type Before = Omit<
  Locked,
  "ledger" | "vault" | "record" | "save" | "noteSuccessor"
>;
