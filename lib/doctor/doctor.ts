import { AccountManager } from "../accounts/account_manager.ts";
import { realSystem } from "../system/system.ts";
import { examine } from "./examine.ts";
import { repair } from "./repair.ts";
import type { Finding } from "./finding.ts";

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
   * Finds what is wrong or could become wrong; changes nothing.
   *
   * @throws {FileError} If one of our folders cannot be read.
   */
  async examine(): Promise<Finding[]> {
    const { agentVersion, system = realSystem } = this.options;
    return await examine(this.layout, { agentVersion, ...system });
  }

  /**
   * Repairs what needs no decision by the user: modes, the link, unusable
   * slots, files that killed processes left behind, and stashed copies of old
   * logins.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async repair(): Promise<void> {
    await this.update({ change: repair });
  }
}
