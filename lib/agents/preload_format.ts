/** The sources of modules that Node loads before an agent. */
export interface PreloadFormat {
  /**
   * Returns a module that notes which login each new login of a run descends
   * from.
   */
  lineageModule(names: LineageNames): string;
  /**
   * Returns a module that shows a private home to the agent alone, for versions
   * that find their home by `HOME`.
   */
  homeModule(paths: HomePaths): string;
}

/** What a module that notes logins must know. */
export interface LineageNames {
  /** The variable with the id of the run. */
  runVariable: string;
  /** How many hexadecimal digits of the SHA-256 of a token to note. */
  tokenDigits: number;
}

/** The paths in a module that shows a private home. */
export interface HomePaths {
  /** The path of the module. */
  path: string;
  /** The private home, which is the `HOME` that the agent is started with. */
  home: string;
  /** The home of the user. */
  realHome: string;
}

/**
 * Returns the Node option that loads the module at `path`, for `NODE_OPTIONS`.
 */
export function preloadOption(path: string): string {
  return `--require "${path.replace(/["\\]/g, "\\$&")}"`;
}
