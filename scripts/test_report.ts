/** The counts at the end of a test run. */
export interface TestCounts {
  /** The number of tests that passed. */
  passed: number;
  /** The number of tests that failed. */
  failed: number;
  /** The number of tests that were ignored. */
  ignored: number;
}

/** The step between two progress lines, percent of the files. */
const STEP_PERCENT = 10;

/**
 * Reads the output of `deno test` line by line and prints the important parts:
 * how many of `fileCount` files have begun, each test that fails as soon as it
 * does, and the errors at the end.
 */
export class TestReport {
  readonly #fileCount: number;
  readonly #print: (line: string) => void;
  readonly #files = new Set<string>();
  #shownPercent = 0;
  #isInErrors = false;
  #counts: TestCounts | undefined;

  /** Creates a report of tests in `fileCount` files. */
  constructor(fileCount: number, print: (line: string) => void) {
    this.#fileCount = fileCount;
    this.#print = print;
  }

  /** Reads the next line. */
  read(colored: string): void {
    // deno-lint-ignore no-control-regex
    const line = colored.replace(/\x1b\[[\d;]*m/g, "");
    const summary = SUMMARY.exec(line);
    if (summary) {
      const [passed = 0, failed = 0, ignored = 0] = summary.slice(1)
        .map((it) => Number(it ?? 0));
      this.#counts = { passed, failed, ignored };
      this.#isInErrors = false;
    } else if (this.#isInErrors || line === " ERRORS ") {
      this.#isInErrors = true;
      this.#print(line);
    } else if (/^Uncaught error from .* FAILED$/.test(line)) {
      this.#print(line);
    } else {
      this.#readTest(line);
    }
  }

  /**
   * Returns the counts at the end. A run that crashed counts at least one
   * failure, and so does one in which nothing ran.
   */
  counts(success: boolean): TestCounts {
    const counts = this.#counts ?? { passed: 0, failed: 0, ignored: 0 };
    const isBad = !success || counts.passed === 0;
    return isBad ? { ...counts, failed: Math.max(counts.failed, 1) } : counts;
  }

  #readTest(line: string): void {
    const [, file, name, result] = TEST.exec(line) ?? [];
    if (file === undefined) return;
    if (result === "FAILED") this.#print(`FAILED ${file} => ${name}`);
    this.#files.add(file);
    const percent = Math.floor(100 * this.#files.size / this.#fileCount);
    if (!(percent >= this.#shownPercent + STEP_PERCENT)) return;
    this.#shownPercent = percent - percent % STEP_PERCENT;
    this.#print(`  ${this.#files.size} of ${this.#fileCount} files`);
  }
}

const TEST = /^(\.\/.*?\.ts) => (.*) \.\.\. (ok|FAILED|ignored)\b/;

const SUMMARY =
  /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed(?:.*? \| (\d+) ignored)?/;
