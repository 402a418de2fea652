/** The import rule: one direction, index -> app -> edge, operator -> stores -> policy, config; control -> policy, config. */
const layer = (name, allowed) => ({
  name: `${name}-imports-only-${allowed.join("-")}`,
  severity: "error",
  comment: `src/${name} may import only: ${allowed.join(", ")} (see CONTRIBUTING.md)`,
  from: { path: `^src/${name}/` },
  to: { path: "^src/", pathNot: allowed.map((other) => `^src/${other}/`) },
});

module.exports = {
  forbidden: [
    layer("policy", ["policy"]),
    layer("config", ["config", "policy"]),
    layer("control", ["control", "policy", "config"]),
    layer("edge", ["edge", "stores", "pages", "policy", "config"]),
    layer("stores", ["stores", "policy", "config"]),
    layer("operator", ["operator", "stores", "policy", "config"]),
    layer("dashboard", ["dashboard", "policy", "config"]),
    layer("pages", ["pages", "policy", "config"]),
    {
      name: "policy-is-pure",
      severity: "error",
      comment: "Policies are functions of state, input, time and randomness: no runtime, no package.",
      from: { path: "^src/policy/" },
      to: { pathNot: "^src/policy/" },
    },
    {
      name: "worker-code-knows-no-scripts",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(scripts|test)/" },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-development-packages-in-the-worker",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^cloudflare:" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
