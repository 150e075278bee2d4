import { AccountManager } from "../accounts/account_manager.ts";
import { realSystem } from "../system/system.ts";
import { examine, type Finding } from "./examine.ts";
import { repair } from "./repair.ts";

/**
 * Finds and repairs what is wrong in the folder of the accounts.
 *
 * @example
 * ```ts
 * import { Doctor } from "@x/qwen-rotate";
 *
 * for (const { check, problem } of await new Doctor().examine()) {
 *   console.log(`${check}: ${problem}`);
 * }
 * ```
 */
export class Doctor extends AccountManager {
  /**
   * Looks for whatever is wrong, or might become so; changes nothing.
   *
   * @throws {FileError} If one of our folders cannot be read.
   */
  async examine(): Promise<Finding[]> {
    const { agentVersion, system = realSystem } = this.options;
    return await examine(this.layout, { agentVersion, ...system });
  }

  /**
   * Repairs what can be repaired without a decision of the user: modes, the
   * link, what killed processes left, unusable slots, stashed copies of old
   * logins.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async repair(): Promise<void> {
    await this.update({ change: repair });
  }
}
