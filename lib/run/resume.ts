/**
 * How a further run continues the session of an earlier one. What was answered
 * is not asked again, and what tools did is not repeated.
 *
 * @module
 */

import type { Agent } from "../agents/agent.ts";
import {
  changedConditions,
  type Conditions,
} from "../agents/session_format.ts";
import type { Spool } from "../process/spool.ts";
import type { Verdict } from "../verdict/classify.ts";
import type { Session } from "./session.ts";
import type { SessionLog } from "./session_log.ts";

/** A session that a further run can continue. */
export interface Resume {
  /** Its id. */
  id: string;
  /** The path of its log. */
  log: string;
  /** The agent's arguments that continue it. */
  args: readonly string[];
  /** The conditions of its first turn; `undefined` if the agent logs none. */
  conditions: Conditions | undefined;
  /** The tools that were run in it; `undefined` if unknown. */
  tools: readonly string[] | undefined;
}

/** The prompt with which a session continues. */
const GO_ON = "please continue";

/**
 * Returns how to continue the session of a run in which something was answered
 * or a tool ran, or whose id the user has chosen; `undefined` if there is
 * nothing to continue, or no way to. The run itself may have continued the
 * session `earlier`.
 */
export function resumeAfter(
  { id, log, hasOwnId }: Session,
  { agent: { sessions }, args, version, earlier, tools }: {
    agent: Pick<Agent, "sessions">;
    /** The agent's arguments in the first run. */
    args: readonly string[];
    version: string | undefined;
    earlier: Resume | undefined;
    tools: readonly string[] | undefined;
  },
): Resume | undefined {
  const hasContent = earlier !== undefined || log.answers > 0 ||
    tools !== undefined && tools.length > 0 || hasOwnId && log.hasBegun;
  if (!hasContent || id === undefined || log.path === undefined) {
    return undefined;
  }
  const goOn = { id, text: GO_ON, version };
  const resumeArgs = sessions?.resumeArgs(args, goOn);
  return resumeArgs && {
    id,
    log: log.path,
    args: resumeArgs,
    conditions: earlier?.conditions ?? log.conditions,
    tools,
  };
}

/** Whether a run continues the session `resume` under other conditions. */
export function hasOtherConditions(
  { conditions: before }: Resume,
  { conditions: after }: Pick<SessionLog, "conditions">,
): boolean {
  return before !== undefined && after !== undefined &&
    changedConditions(before, after).length > 0;
}

/**
 * Returns why a run did not continue the session `resume` as it was; `undefined`
 * if it did. Completes "cannot continue the session: ...".
 */
export function whyNotResumed(
  { conditions: before = {} }: Resume,
  { agent: { sessions }, log, verdict }: {
    agent: Pick<Agent, "sessions">;
    log: Pick<SessionLog, "conditions" | "errors">;
    verdict: Verdict;
  },
): string | undefined {
  const { conditions: after = before, errors } = log;
  const changes = changedConditions(before, after);
  if (changes.length > 0) {
    return changes.map((it) => `its ${it} would be ${after[it]}`).join(", ");
  }
  const said = { code: "", message: verdict.evidence };
  const isForeign = [...errors, said].some((it) =>
    sessions?.isForeignHistory?.(it)
  );
  return isForeign ? "the account cannot read what another wrote" : undefined;
}

/**
 * Returns the tools that were run in a session, from its log and structured
 * output; `undefined` if neither exists and the agent was allowed to make
 * changes. The run may have continued the session `earlier`.
 */
export async function findTools(
  stdout: Spool,
  { agent, args, log, earlier }: {
    agent: Pick<Agent, "output" | "read">;
    args: readonly string[];
    log: SessionLog;
    earlier: Resume | undefined;
  },
): Promise<readonly string[] | undefined> {
  const told = await agent.output.toolsIn(stdout);
  const isKnown = log.hasBegun || told !== undefined ||
    !agent.read(args).mayChange;
  if (!earlier) return isKnown ? [...log.tools, ...told ?? []] : undefined;
  // Nothing in the log of a known session means that nothing was run.
  return earlier.tools && [...earlier.tools, ...log.tools, ...told ?? []];
}
