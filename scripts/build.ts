/** `npm run build`: bundles the Worker and says where it is. */
import { relative } from "node:path";
import { buildBundle } from "./lib/bundle.ts";
import { ROOT } from "./lib/paths.ts";

console.log(`bundle in ${relative(ROOT, await buildBundle())}`);
