// Files of the house's own folders (not of packages, data or tests) that `wanted` accepts.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const floors = ["saas", "modules", "billing", "tenants", "infra"];
const skipped = new Set(["node_modules", "static", "__pycache__", "migrations", "locale"]);

export function globSync(root, wanted) {
  const found = [];
  const walk = (folder) => {
    for (const item of readdirSync(folder, { withFileTypes: true })) {
      if (item.name.startsWith(".") || skipped.has(item.name)) continue;
      const path = join(folder, item.name);
      if (item.isDirectory()) walk(path);
      else if (wanted(path)) found.push(path);
    }
  };
  for (const floor of floors) if (existsSync(join(root, floor))) walk(join(root, floor));
  return found;
}
