import type { Memory } from "../ledger/ledger.ts";
import type { Leftover } from "./settle/leftovers.ts";
import type { LiveFile } from "./logins/live_file.ts";
import type { Run } from "./settle/runs.ts";
import {
  type State,
  withBlock,
  withMove,
  withoutActive,
  withoutBlock,
} from "../ledger/state.ts";
import type { Move } from "../disk/names.ts";

/** What lies on the disk, as far as an update follows it. */
interface OnDisk {
  /** The OAuth accounts that have a slot, ascending. */
  slots: readonly number[];
  /** The API-key accounts, ascending. */
  keys: readonly number[];
  /** What the agent reads now. */
  live: LiveFile;
  /** The accounts whose newer login may be in the stash. */
  doubtful: ReadonlySet<number>;
  /** The processes that may have the login of an account. */
  runs: readonly Run[];
  /** What killed processes left behind, and links that this one took away. */
  leftovers: readonly Leftover[];
}

/**
 * Follows what an update does to the credentials on the disk, and remembers
 * which account is active and which are blocked. Each operation is called when
 * the disk says so already.
 */
export class Vault {
  readonly #memory: Memory;
  readonly #disk: OnDisk;

  /** Creates the vault for what lies on the disk when an update begins. */
  constructor(memory: Memory, disk: OnDisk) {
    this.#memory = memory;
    this.#disk = { ...disk };
  }

  /** What lies on the disk now. */
  get disk(): Readonly<OnDisk> {
    return this.#disk;
  }

  /** Notes that account `index` has a slot. */
  addSlot(index: number): void {
    this.#disk.slots = withNumber(this.#disk.slots, index);
  }

  /** Notes that account `index` has a slot with a key. */
  addKey(index: number): void {
    this.#disk.keys = withNumber(this.#disk.keys, index);
  }

  /** Notes that account `index` has no slot any more. */
  removeAccount(index: number): void {
    const isOther = (it: number) => it !== index;
    this.#disk.slots = this.#disk.slots.filter(isOther);
    this.#disk.keys = this.#disk.keys.filter(isOther);
    this.deactivate(index);
  }

  /** Notes that the files of account `from` have the number `to`. */
  moveAccount(move: Move): void {
    const { from, to } = move;
    const renumber = (all: Iterable<number>) =>
      [...all].map((it) => it === from ? to : it).sort((a, b) => a - b);
    const { slots, keys, doubtful, live } = this.#disk;
    this.#disk.slots = renumber(slots);
    this.#disk.keys = renumber(keys);
    this.#disk.doubtful = new Set(renumber(doubtful));
    if (live.kind === "slot" && live.index === from) {
      this.#disk.live = { kind: "slot", index: to };
    }
    this.#put(withMove(this.#state, move));
  }

  /** Remembers that the files of an account are about to get another number. */
  beginMove(moving: Move): void {
    this.#put({ ...this.#state, moving });
  }

  /** Notes that the link leads to account `index`. */
  link(index: number): void {
    this.#disk.live = { kind: "slot", index };
    this.#put({ ...this.#state, linked: true, currentIndex: index });
  }

  /** Notes that nothing is in the link's place. */
  unlink(): void {
    this.#disk.live = { kind: "absent" };
    this.forgetLink();
  }

  /** Remembers that the link is gone. */
  forgetLink(): void {
    this.#put({ ...this.#state, linked: false });
  }

  /** Notes that a file is in the link's place. */
  replaceLink(): void {
    this.#disk.live = { kind: "file" };
  }

  /** Remembers whose login the agent reads; `undefined` if nobody knows. */
  rememberLinked(currentIndex: number | undefined): void {
    this.#put({ ...this.#state, currentIndex });
  }

  /** Makes the API-key account `index` the active one; the link stays. */
  activateKey(index: number): void {
    this.#put({ ...this.#state, activeKey: index });
  }

  /** Makes the account of the link the active one. */
  activateLink(): void {
    this.#put({ ...this.#state, activeKey: undefined });
  }

  /** Makes account `index` not the active one. */
  deactivate(index: number): void {
    this.#put(withoutActive(this.#state, index));
  }

  /** Makes rotation skip account `index` since `time`, for `reason`. */
  block(index: number, reason: string, time: string): void {
    this.#put(withBlock(this.#state, index, reason, time));
  }

  /** Lets rotation use account `index` again. */
  unblock(index: number): void {
    this.#put(withoutBlock(this.#state, index));
  }

  /** Notes the accounts whose newer login may be in the stash. */
  setDoubtful(doubtful: ReadonlySet<number>): void {
    this.#disk.doubtful = doubtful;
  }

  /** Notes that a process may have the login of an account. */
  addReader(reader: Run): void {
    this.#disk.runs = [...this.#disk.runs, reader];
  }

  /** Notes that run `id` has no records any more. */
  removeRun(id: string): void {
    this.#disk.runs = this.#disk.runs.filter((it) => it.id !== id);
  }

  /** Notes that `leftover` lies under a temporary name. */
  addLeftover(leftover: Leftover): void {
    this.#disk.leftovers = [...this.#disk.leftovers, leftover];
  }

  get #state(): State {
    return this.#memory.state;
  }

  #put(state: State): void {
    this.#memory.state = state;
  }
}

function withNumber(all: readonly number[], index: number): readonly number[] {
  if (all.includes(index)) return all;
  return [...all, index].sort((a, b) => a - b);
}
