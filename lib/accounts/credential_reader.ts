import type { KeyOfRun } from "../agents/formats.ts";
import { workForOwner } from "../system/owned_files.ts";
import { findLayout, type Layout } from "../disk/layout.ts";
import {
  loginStore,
  type PlainLogin,
} from "../vault/home_logins/login_accounts.ts";
import { mayHaveRuns } from "../vault/settle/runs.ts";
import {
  type ReservedFor,
  type Snapshot,
  takeSnapshot,
} from "../vault/snapshot.ts";
import { reservesAgainst } from "../quota/room.ts";
import { type Notify, realSystem } from "../system/system.ts";
import { QuotaWatch } from "./quota_watch.ts";
import type { AccountReaderOptions } from "./account_manager_options.ts";
import { withoutEnded } from "../vault/block.ts";
import type { LoginOfRun } from "./secret_of.ts";
import type { SnapshotWithWritten } from "../vault/logins/written_through.ts";

/**
 * Reads the key or the login of one account, and finds the account that a key
 * or a login belongs to; takes no lock and changes nothing.
 */
export class CredentialReader {
  /**
   * The paths in the folder.
   *
   * @internal
   */
  readonly layout: Layout;
  /**
   * The options of the constructor.
   *
   * @internal
   */
  readonly options: AccountReaderOptions;
  #quotaWatch: QuotaWatch | undefined;

  /**
   * Creates a reader, without reading anything yet.
   *
   * @throws {FileError} If nothing says where the accounts are.
   */
  constructor(options: AccountReaderOptions = {}) {
    this.layout = findLayout(options);
    workForOwner(this.layout.root);
    this.options = options;
  }

  /**
   * Tells the user something, if anybody listens.
   *
   * @internal
   */
  protected get notify(): Notify {
    return this.options.notify ?? (() => {});
  }

  /**
   * The clock, the environment and the network.
   *
   * @internal
   */
  protected get system(): NonNullable<AccountReaderOptions["system"]> {
    return this.options.system ?? realSystem;
  }

  /** The folder with the accounts, the state and the log. */
  get dir(): string {
    return this.layout.root;
  }

  /**
   * Whether rotation may switch between logins by itself, as it may for an
   * agent whose login is behind a link.
   *
   * @internal
   */
  get rotatesLogins(): boolean {
    const isFree = this.layout.agent.homes.login === undefined;
    return isFree || this.options.rotateLogins === true;
  }

  /**
   * Knows how full the accounts are; `undefined` if nothing depends on it.
   *
   * @internal
   */
  get quotaWatch(): QuotaWatch | undefined {
    const { for: name, reserve = [], rotateAt = 0 } = this.options;
    const { notify, system } = this;
    const isOff = rotateAt === 0 && reserve.length === 0;
    this.#quotaWatch ??= isOff ? undefined : new QuotaWatch({
      threshold: rotateAt / 100,
      reserves: reservesAgainst(reserve, name),
      read: async (pending) => {
        const { readKnownQuota } = await import("./account_quota.ts");
        return await readKnownQuota(this.layout, pending, system.now());
      },
      notify,
      system,
    });
    return this.#quotaWatch;
  }

  /** Whether the agent has put its own login in the place of the link. */
  async hasUnlinkedLogin(): Promise<boolean> {
    const { live } = await takeSnapshot(this.layout);
    return live.kind === "file";
  }

  /**
   * Returns the login of the plain agent, unless it is an account's; only for an
   * agent that keeps its logins in folders. Takes no lock and changes nothing.
   */
  async findPlainLogin(): Promise<PlainLogin | undefined> {
    const { findPlainLogin } = await import(
      "../vault/home_logins/login_accounts.ts"
    );
    return await findPlainLogin(await takeSnapshot(this.layout));
  }

  /**
   * Returns the account that has this API key, for `baseUrl` if given; takes no
   * lock and changes nothing.
   */
  async accountWithKey(
    apiKey: string,
    baseUrl?: string,
  ): Promise<number | undefined> {
    const { accountWithKey } = await import("./secret_of.ts");
    const snapshot = await takeSnapshot(this.layout);
    return await accountWithKey(snapshot, apiKey, baseUrl);
  }

  /**
   * Returns the proven owner of the login in the file at `path`, and whether
   * that login is newer than the one in its slot; `undefined` if no owner is
   * proven. Takes no lock and changes nothing.
   */
  async accountWithLogin(
    path: string,
  ): Promise<{ index: number; isNewer: boolean } | undefined> {
    const { layout, slots } = await takeSnapshot(this.layout);
    const { readCredential } = await import(
      "../vault/logins/credential_file.ts"
    );
    const found = await readCredential(path, layout);
    if ("problem" in found) return undefined;
    const { findOwner } = await import("../vault/logins/owner.ts");
    const owner = await findOwner(layout, found, { slots });
    return owner && { index: owner.index, isNewer: owner.age === "newer" };
  }

  /**
   * Returns the key of account `index`, by default the active one, with its
   * address. Secret. Takes no lock and changes nothing.
   *
   * @throws {LoginNeededError} If no account is active.
   * @throws {AccountError} If the account does not exist.
   * @throws {AccountError} If it is an OAuth account.
   * @throws {FileError} If its slot is unusable.
   */
  async readKey(index?: number): Promise<KeyOfRun> {
    const { readKeyOf } = await import("./secret_of.ts");
    return await readKeyOf(await takeSnapshot(this.layout), index);
  }

  /**
   * Returns the folder that the agent uses for the login of account `index`, by
   * default the active one; `undefined` if the account has no such folder. Takes
   * no lock and changes nothing.
   *
   * @internal
   */
  async findStore(index?: number): Promise<string | undefined> {
    const snapshot = await takeSnapshot(this.layout);
    const { active, slots } = snapshot;
    const chosen = index ?? active;
    if (chosen === undefined || !slots.includes(chosen)) return undefined;
    return loginStore(snapshot, chosen);
  }

  /**
   * Returns the access token of the OAuth account `index`, with its address.
   * Secret. Takes no lock and changes nothing.
   *
   * @throws {AccountError} If no OAuth account has that number.
   * @throws {FileError} If its slot is unusable, or its address is neither https
   * nor on this machine.
   */
  async readLogin(index: number): Promise<LoginOfRun> {
    const { readLoginOf } = await import("./secret_of.ts");
    return await readLoginOf(await takeSnapshot(this.layout), index);
  }

  /**
   * Makes sure that account `index` can get a login, before the user is sent to
   * a browser; takes no lock and changes nothing.
   *
   * @throws {AccountError} If there was never such an account.
   * @throws {AccountError} If it has a key.
   */
  async allowLogin(index: number): Promise<void> {
    const snapshot = await this.snapshot();
    const { listRuns } = await import("../vault/settle/runs.ts");
    const runs = await listRuns(this.layout);
    const { allowLogin } = await import("./add_login.ts");
    await allowLogin({ ...snapshot, runs, leftovers: [] }, index);
  }

  /**
   * Returns the state of the folder, with all that makes an account unusable.
   *
   * @internal
   */
  protected async snapshot(): Promise<SnapshotWithWritten> {
    const { agentVersion, rotateLogins = false } = this.options;
    const snapshot = await withDoubts(await takeSnapshot(this.layout));
    const known = await withoutEnded(snapshot, agentVersion);
    return {
      ...known,
      rotatesLogins: rotateLogins,
      reserved: await this.findReserved(),
    };
  }

  /**
   * Returns a function that says for which runs the rest of an account is kept;
   * `undefined` without such settings.
   *
   * @internal
   */
  protected async findReserved(): Promise<ReservedFor | undefined> {
    const watch = this.quotaWatch;
    await watch?.look();
    return watch && ((index, model) => watch.reserved(index, model));
  }
}

/**
 * Adds the same doubts as an update has. Loads the module that finds them only
 * if there are records of runs: otherwise there cannot be any.
 */
async function withDoubts(snapshot: Snapshot): Promise<SnapshotWithWritten> {
  if (!await mayHaveRuns(snapshot.layout)) return { ...snapshot, written: [] };
  const { withWrittenThrough } = await import(
    "../vault/logins/written_through.ts"
  );
  return await withWrittenThrough(snapshot);
}
