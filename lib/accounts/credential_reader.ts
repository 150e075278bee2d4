import type { KeyOfRun } from "../agents/formats.ts";
import { workForOwner } from "../system/for_owner.ts";
import { findLayout, type Layout } from "../disk/layout.ts";
import { mayHaveRuns } from "../vault/settle/runs.ts";
import { type Snapshot, takeSnapshot } from "../vault/snapshot.ts";
import type { AccountManagerOptions } from "./account_manager_options.ts";
import { withoutEnded } from "../vault/ended.ts";
import type { LoginOfRun } from "./secret_of.ts";
import type { SnapshotWithWritten } from "../vault/logins/written_through.ts";

/**
 * Reads the key or the login of one account, and finds the account that a key
 * or a login belongs to; takes no lock and changes nothing.
 */
export class CredentialReader {
  /**
   * Where everything lies.
   *
   * @internal
   */
  protected readonly layout: Layout;
  /**
   * What was asked for.
   *
   * @internal
   */
  readonly options: AccountManagerOptions;

  /**
   * Creates a reader; touches nothing yet.
   *
   * @throws {FileError} If nothing says where the accounts lie.
   */
  constructor(options: AccountManagerOptions = {}) {
    this.layout = findLayout(options);
    workForOwner(this.layout.root);
    this.options = options;
  }

  /** The folder with the accounts, the state and the log. */
  get dir(): string {
    return this.layout.root;
  }

  /** Whether the agent has put a login of its own into the link's place. */
  async hasUnlinkedLogin(): Promise<boolean> {
    const { live } = await takeSnapshot(this.layout);
    return live.kind === "file";
  }

  /**
   * The account that has this API key, for `baseUrl` if that is known; takes no
   * lock and changes nothing.
   */
  async accountWithKey(
    apiKey: string,
    baseUrl?: string,
  ): Promise<number | undefined> {
    const { accountWithKey } = await import("./key_owners.ts");
    const snapshot = await takeSnapshot(this.layout);
    return await accountWithKey(snapshot, apiKey, baseUrl);
  }

  /**
   * The account that has a login of the owner of the credential file at `path`,
   * as far as that is proven, and whether the file's is the newer one; takes no
   * lock and changes nothing.
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
    const evidence = { slots, writers: new Set<number>() };
    const owner = await findOwner(layout, found, evidence);
    return owner && { index: owner.index, isNewer: owner.age === "newer" };
  }

  /**
   * The key of account `index`, by default the active one, and where it is
   * good: secret. Takes no lock and changes nothing.
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
   * The access token of the OAuth account `index`, and where it is good:
   * secret. Takes no lock and changes nothing.
   *
   * @throws {AccountError} If no OAuth account has that number.
   * @throws {FileError} If its slot is unusable.
   */
  async readLogin(index: number): Promise<LoginOfRun> {
    const { readLoginOf } = await import("./secret_of.ts");
    return await readLoginOf(await takeSnapshot(this.layout), index);
  }

  /**
   * Makes sure that a login may be for account `index`, before somebody is sent
   * to a browser; takes no lock and changes nothing.
   *
   * @throws {AccountError} If there was never such an account.
   * @throws {AccountError} If it is one with a key.
   */
  async allowLogin(index: number): Promise<void> {
    const snapshot = await this.snapshot();
    const { listRuns } = await import("../vault/settle/runs.ts");
    const runs = await listRuns(this.layout);
    const { allowLogin } = await import("./add_login.ts");
    await allowLogin({ ...snapshot, runs, leftovers: [] }, index);
  }

  /**
   * What every look at the accounts begins with.
   *
   * @internal
   */
  protected async snapshot(): Promise<SnapshotWithWritten> {
    const snapshot = await withDoubts(await takeSnapshot(this.layout));
    return await withoutEnded(snapshot, this.options.agentVersion);
  }
}

/**
 * The same doubts as those of a change. What finds them is loaded when a run
 * has a record: only then there may be some.
 */
async function withDoubts(snapshot: Snapshot): Promise<SnapshotWithWritten> {
  if (!await mayHaveRuns(snapshot.layout)) return { ...snapshot, written: [] };
  const { withWrittenThrough } = await import(
    "../vault/logins/written_through.ts"
  );
  return await withWrittenThrough(snapshot);
}
