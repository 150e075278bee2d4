/**
 * Moves the logins of an agent that refreshes them itself.
 *
 * A login is never copied: of two copies, the one that is refreshed second sends
 * a spent token, and the service revokes both. So each step renames a file, and
 * a kill between two steps leaves one of these:
 *
 * - a login in a place that is not its account's, which its owner tells;
 * - a link under a temporary name, which names the account whose login the plain
 *   agent was about to get;
 * - a login twice, under a lock that keeps the agent from using either, because
 *   no name can be changed across file systems, or because one file became two.
 *
 * `settle()` finishes each of them.
 *
 * @module
 */

import type { LoginIdentity } from "../../agents/home_login.ts";
import { sameBytes } from "../../disk/bytes.ts";
import { dirname, keySlotIndex } from "../../disk/names.ts";
import { runtime } from "../../system/mod.ts";
import { MAX_CREDENTIAL_BYTES } from "../logins/credential_file.ts";
import {
  listGenerations,
  listKeptAccounts,
  moveToGenerations,
} from "../logins/generations.ts";
import { listRemoved } from "../logins/removed.ts";
import { isStashed, listStash, stashFile } from "../logins/stash.ts";
import {
  type FoundLogin,
  type HomeChange,
  homeFile,
  homeFolder,
  type HomePlace,
  type HomeRecord,
  isCopy,
  isLogin,
  isSame,
  listFolders,
  listNumbers,
  mayReplace,
  type NoLogin,
  readFolderLogin,
  readLogin,
} from "./home_place.ts";
import { HomeFiles, type HomeVaultOptions } from "./home_files.ts";
import { prove } from "./proof.ts";

/** The steps that move logins, and what is recorded about them. */
export class HomeVault extends HomeFiles {
  readonly changes: HomeChange[] = [];
  /** Whose login each account has. */
  readonly identities: Map<number, LoginIdentity | undefined>;
  /** Whether a login that appears in the plain place becomes an account's. */
  managesPlain: boolean;
  #plain: number | undefined;
  /** When the file of the plain agent was last changed, epoch milliseconds. */
  plainMs: number | undefined;
  /** Where logins are kept that no account uses. */
  readonly kept: Readonly<{ generations: string; stash: string }>;

  constructor(place: HomePlace, record: HomeRecord, options: HomeVaultOptions) {
    super(place, options);
    const { accounts } = place;
    this.identities = new Map(record.accounts);
    this.#plain = record.plain;
    this.managesPlain = record.managesPlain ?? record.plain !== undefined;
    this.kept = {
      generations: `${accounts}/generations`,
      stash: `${accounts}/stash`,
    };
  }

  /** The account whose login the plain agent uses. */
  get plain(): number | undefined {
    return this.#plain;
  }

  set plain(index: number | undefined) {
    this.#plain = index;
    if (index !== undefined) this.managesPlain = true;
  }

  /** What the caller must save. */
  get record(): HomeRecord {
    const { plain, identities } = this;
    const isUsed = identities.values().some((it) => it !== undefined);
    const managesPlain = this.managesPlain && isUsed;
    return { plain, managesPlain, accounts: identities };
  }

  /** Reads the login in the folder of account `index`. */
  async readFolder(index: number): Promise<FoundLogin | NoLogin> {
    const found = await readFolderLogin(this.place, index);
    return await prove(found, this, index);
  }

  /** Returns the account with this identity, except `except`. */
  async find(
    identity: LoginIdentity,
    except?: number,
  ): Promise<number | undefined> {
    for (const [index, it] of this.identities) {
      if (index !== except && isSame(it, identity)) return index;
    }
    for (const index of await listFolders(this.place)) {
      if (index === except || this.identities.get(index)) continue;
      const found = await this.readFolder(index);
      if (isLogin(found) && isSame(found.identity, identity)) return index;
    }
    return undefined;
  }

  /** Whether account `index` has a login in its folder. */
  async hasLogin(index: number): Promise<boolean> {
    return isLogin(await this.readFolder(index));
  }

  /** Whether a login belongs to an account, although nobody has moved it in. */
  async owns({ identity, login }: FoundLogin): Promise<boolean> {
    if (!identity || !login.isUsable) return false;
    return await this.find(identity) !== undefined;
  }

  /** Returns a number for a new account, such as that of an empty folder. */
  async newIndex(): Promise<number> {
    const { files } = runtime;
    const names = await files.list(this.place.accounts);
    const used = [
      0,
      ...this.place.taken ?? [],
      ...this.identities.keys(),
      ...names.map((it) => keySlotIndex(it) ?? 0),
      ...await listKeptAccounts(this.kept),
      ...(await listRemoved(this.kept)).map((it) => it.index),
    ];
    const folders = await listFolders(this.place);
    for (const index of await listNumbers(this.place)) {
      const inside = folders.includes(index)
        ? await files.list(homeFolder(this.place, index))
        : [index];
      if (inside.length > 0) used.push(index);
    }
    return Math.max(...used) + 1;
  }

  /**
   * Makes the login `source` the one of account `index`, in its folder. If the
   * folder has one, the login that was granted later is used, and the other is
   * kept; if a run could overwrite `source`, a call after that run does this.
   */
  async give(index: number, source: FoundLogin): Promise<void> {
    await this.openFolder(index);
    const { isThere } = await this.readFolder(index);
    const put = () => this.#put(index, source);
    return await (isThere ? this.withFolder(index, put) : put());
  }

  async #put(index: number, source: FoundLogin): Promise<void> {
    const there = await this.readFolder(index);
    if (isLogin(there) && isCopy(there, source)) {
      return await this.dropCopy(source);
    }
    if (isLogin(there) && !mayReplace(source, there)) {
      return await this.setAside(index, source);
    }
    if (isLogin(there) && await this.isInUse(index)) {
      return await this.giveLater(index, source.path);
    }
    if (isLogin(there)) await this.setAside(index, there);
    else if (there.isThere) await this.stash(there.path, [index]);
    await this.secure(source.path);
    await this.move(source.path, homeFile(this.place, index));
    this.identities.set(index, source.identity);
  }

  /**
   * Returns the account of a login outside of its place, a new one if none has
   * its owner; `undefined` if it is not proven, or the login is not usable.
   */
  async ownerOf(
    { identity, login }: FoundLogin,
    except?: number,
  ): Promise<number | undefined> {
    if (!identity || !login.isUsable) return undefined;
    return await this.accountFor(identity, except);
  }

  /** Returns the account with this identity, or the number of a new one. */
  async accountFor(identity: LoginIdentity, except?: number): Promise<number> {
    return await this.find(identity, except) ?? await this.newIndex();
  }

  /** Gives a login that was found to account `owner`, or else to the stash. */
  async adopt(login: FoundLogin, owner: number | undefined): Promise<void> {
    if (owner === undefined) return await this.stash(login.path, []);
    await this.give(owner, login);
    this.changes.push({ kind: "adopted", account: owner });
  }

  /**
   * Keeps a login of account `index` that another login replaces. A refresh is
   * no reason to keep what was there: the refresh token is spent then, and the
   * service would revoke the account's login if it was ever used again.
   */
  async setAside(index: number, login: FoundLogin): Promise<void> {
    this.requireLocks();
    if (!login.login.isUsable) return await this.stash(login.path, [index]);
    const kept = await listGenerations(this.kept, index);
    if (await this.#isAmong(kept, login)) return await this.dropCopy(login);
    await moveToGenerations(this.kept, index, login.path, this.now);
    await runtime.files.syncFolder(dirname(login.path));
  }

  /** Moves a file to the stash; it may belong to one of `suspects`. */
  async stash(path: string, suspects: readonly number[]): Promise<void> {
    this.requireLocks();
    const found = await readLogin(path, this.place);
    const stash = await listStash(this.kept);
    if (isLogin(found) && await this.#isAmong(stash, found)) {
      return await this.dropCopy(found);
    }
    const part = await runtime.files.readPart(path, 0, MAX_CREDENTIAL_BYTES);
    if (part.length > 0 && await isStashed(this.kept, part)) {
      await runtime.files.remove(path);
      return;
    }
    const options = { now: this.now, suspects };
    const stashed = await stashFile(this.kept, path, options);
    await runtime.files.syncFolder(dirname(path));
    this.changes.push({ kind: "stashed", path: stashed });
  }

  /** Whether one of the files is a copy of `login`, after a kill. */
  async #isAmong(
    paths: readonly string[],
    login: FoundLogin,
  ): Promise<boolean> {
    for (const path of paths) {
      const found = await readLogin(path, this.place);
      if (isLogin(found) && isCopy(found, login)) return true;
    }
    return false;
  }

  /** Brings the last login back that another one replaced, if it is usable. */
  async bringBack(index: number): Promise<void> {
    this.requireLocks();
    const identity = this.identities.get(index);
    for (const path of await listGenerations(this.kept, index)) {
      const found = await readLogin(path, this.place);
      if (!isLogin(found) || !found.login.isUsable) continue;
      // One without ids was kept because its owner was proven.
      const isOwn = !found.identity || isSame(found.identity, identity);
      if (!isOwn) continue;
      await this.openFolder(index);
      await this.move(path, homeFile(this.place, index));
      this.changes.push({ kind: "brought-back", account: index });
      return;
    }
    this.changes.push({ kind: "login-needed", account: index });
  }

  /** Removes a copy of a login; stashes what else is in the file. */
  async dropCopy({ path, bytes }: FoundLogin): Promise<void> {
    this.requireLocks();
    const none = new Uint8Array();
    const { exchange } = this.place.format;
    const others = exchange?.(bytes, none).plain ?? none;
    const isBare = !exchange || sameBytes(others, exchange(none, none).plain);
    if (!isBare) await this.stash(await this.write(path, others), []);
    await runtime.files.remove(path);
    await runtime.files.syncFolder(dirname(path));
  }
}
