/**
 * Loads libc before the first test: the first swap of two names loads it
 * permanently, and the leak sanitizer would report that as a leak of the test.
 *
 * @module
 */

import { denoLibc } from "../../lib/system/deno/libc.ts";

denoLibc.swapNames("", "");
