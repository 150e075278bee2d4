import { chosenAgent } from "../../agents/registry.ts";
import { flagsIf } from "./agent_words.ts";

/** The flag of the commands that move a login in a folder. */
export const FORCE_FLAG = flagsIf(chosenAgent().homes.login !== undefined, {
  force: {
    type: "boolean",
    summary: "Move the login although it is in use (this may end it)",
  },
});
