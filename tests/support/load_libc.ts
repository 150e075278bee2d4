/**
 * Loads libc before the first test: the first swap of two names loads it for
 * good, which the leak sanitizer would hold against the test that does it.
 *
 * @module
 */

import { swapNames } from "../../lib/system/deno/libc.ts";

swapNames("", "");
