import type { Notify } from "../system/system.ts";
import type { AuditEvent } from "../disk/audit_log.ts";
import type { Layout } from "../disk/layout.ts";
import { Ledger, type Memory } from "../ledger/ledger.ts";
import type { Leftover } from "./settle/leftovers.ts";
import type { LiveFile } from "./logins/live_file.ts";
import type { Run } from "./settle/runs.ts";
import { allAccounts } from "../disk/slot_names.ts";
import { activeAccount, type Snapshot } from "./snapshot.ts";
import type { State } from "../ledger/state.ts";
import { type LoadedState, saveState } from "../ledger/state_file.ts";
import { Vault } from "./vault.ts";

/** An event; the time is added when it is written. */
export type UntimedEvent = Omit<AuditEvent, "timestamp">;

/** What an update knows besides the snapshot that it begins with. */
export interface Circumstances {
  /** The processes that may have the login of an account. */
  runs: readonly Run[];
  /** What killed processes left behind. */
  leftovers: readonly Leftover[];
  /** The clock, epoch milliseconds. */
  clock: () => number;
  /** Tells the user. */
  notify: Notify;
  /** Tells the audit log, once the state is saved. */
  record: (event: UntimedEvent) => void;
}

/**
 * The folder of the accounts while an update holds its lock: shows what is
 * there, and changes it by the operations of its ledger and its vault only.
 */
export class Locked implements Readonly<Snapshot> {
  /** Where everything lies. */
  readonly layout: Layout;
  /** What `state.yaml` said when the update began. */
  readonly loaded: LoadedState;
  /** The time of the update, epoch milliseconds. */
  readonly now: number;
  /** The present time, epoch milliseconds. */
  readonly clock: () => number;
  /** Tells the user. */
  readonly notify: Notify;
  /** Tells the audit log, once the state is saved. */
  readonly record: (event: UntimedEvent) => void;
  /** Counts, cooldowns, and what the user says about the accounts. */
  readonly ledger: Ledger;
  /** The credentials on the disk, and which account is active. */
  readonly vault: Vault;

  readonly #memory: Memory;
  #savedText: string | undefined;

  /** Creates what an update works with, from what it finds under the lock. */
  constructor(
    snapshot: Snapshot,
    { runs, leftovers, clock, notify, record }: Circumstances,
  ) {
    const { layout, slots, keys, live, doubtful, loaded } = snapshot;
    this.layout = layout;
    this.loaded = loaded;
    this.now = clock();
    this.clock = clock;
    this.notify = notify;
    this.record = record;
    this.#memory = { state: snapshot.state };
    this.#savedText = loaded.text;
    this.ledger = new Ledger(this.#memory, this.now);
    const disk = { slots, keys, live, doubtful, runs, leftovers };
    this.vault = new Vault(this.#memory, disk);
  }

  /**
   * What is remembered; saved when the change is done. Until the update has
   * settled, `currentIndex` is the account that was active at the last save:
   * the link does not tell who wrote before it moved.
   */
  get state(): State {
    return this.#memory.state;
  }

  /** The OAuth accounts, which have a slot that the link may lead to, ascending. */
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

  /** What the agent reads now. */
  get live(): LiveFile {
    return this.vault.disk.live;
  }

  /** The accounts whose newer login may be in the stash. */
  get doubtful(): ReadonlySet<number> {
    return this.vault.disk.doubtful;
  }

  /** The processes that may have the login of an account. */
  get runs(): readonly Run[] {
    return this.vault.disk.runs;
  }

  /** What killed processes left behind, and links that this one took away. */
  get leftovers(): readonly Leftover[] {
    return this.vault.disk.leftovers;
  }

  /**
   * Saves what is remembered, unless `state.yaml` says so already. An update
   * ends with it; before that it is for what must survive a kill.
   */
  async save(): Promise<void> {
    const totalAccounts = allAccounts(this).length;
    const state = { ...this.state, totalAccounts };
    this.#savedText = await saveState(this.layout, state, this.#savedText);
  }
}

/** What an update shows before it has settled; nothing can be changed by it. */
export type Before = Omit<Locked, "ledger" | "vault" | "record" | "save">;
