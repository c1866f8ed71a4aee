// Bundles styles, scripts and icons into infra/ui/static/ui. `npm run build`, or `npm run watch` while working on them.
//
// Scripts: main.js, then every <app>/assets/*.js (each registers its own Alpine components), then start.js: one file.
// Styles: portal.css, then every <app>/assets/*.css that has no script *.page.js of its name: one file.
// A script named *.page.js is a bundle of its own, with the styles it imports, for pages that load it themselves.
// Icons: the Tabler icons whose names stand in templates and Python, as one SVG sprite.
import { build, context } from "esbuild";
import { globSync } from "./glob.mjs";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../../..");
const target = join(root, "infra/ui/static/ui");
const out = process.argv.includes("--watch") ? target : `${target}.${process.pid}`; // put in place when complete
const iconSource = join(root, "node_modules/@tabler/icons/icons/outline");
const firstPageBudget = 150 * 1024;

const ofAnApp = (path) => basename(dirname(path)) === "assets" && dirname(path) !== here;
const ofAPage = (path) => existsSync(path.replace(/\.css$/, ".page.js"));
const styles = globSync(root, (path) => path.endsWith(".css") && ofAnApp(path) && !ofAPage(path));
const scripts = globSync(root, (path) => path.endsWith(".js") && ofAnApp(path));
const pages = scripts.filter((path) => path.endsWith(".page.js"));
const parts = scripts.filter((path) => !path.endsWith(".page.js"));

const entry = {
  name: "portal-entry",
  setup(builder) {
    builder.onResolve({ filter: /^portal-entry$/ }, () => ({ path: "portal-entry", namespace: "portal" }));
    builder.onResolve({ filter: /^portal-styles$/ }, () => ({ path: "portal-styles", namespace: "portal-styles" }));
    builder.onLoad({ filter: /.*/, namespace: "portal-styles" }, () => ({
      contents: [join(here, "portal.css"), ...styles.sort()].map((path) => `@import ${JSON.stringify(path)};`).join("\n"),
      resolveDir: root,
      loader: "css",
    }));
    builder.onLoad({ filter: /.*/, namespace: "portal" }, () => ({
      contents: [join(here, "main.js"), ...parts.sort(), join(here, "start.js")]
        .map((path) => `import ${JSON.stringify(path)};`)
        .join("\n"),
      resolveDir: root,
    }));
  },
};

function writeIcons() {
  const known = new Set(readdirSync(iconSource).map((name) => name.slice(0, -4)));
  const sources = globSync(root, (path) => /\.(html|py|js)$/.test(path) && !path.includes("/tests/"));
  const asked = /(?:icon\w*["']?\s*[:=]\s*|{%\s*icon\s+|<c-ui\.icon[^>]*?name=|\bicon\()\s*["']([a-z0-9-]+)["']/g;
  const quoted = /["']([a-z0-9-]+)["']/g; // in Python also as a bare string: a choice of icons is data
  const used = new Map();
  for (const path of sources) {
    for (const [, name] of readFileSync(path, "utf8").matchAll(asked)) {
      if (!used.has(name)) used.set(name, path.slice(root.length + 1));
    }
    if (!path.endsWith(".py")) continue;
    for (const [, name] of readFileSync(path, "utf8").matchAll(quoted)) if (known.has(name)) used.set(name, path);
  }
  const symbols = [];
  for (const name of [...used.keys()].sort()) {
    if (!known.has(name)) {
      console.warn(`icon ${name} (${used.get(name)}) is not a Tabler icon`);
      continue;
    }
    const svg = readFileSync(join(iconSource, `${name}.svg`), "utf8");
    const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>")).replace(/\s+/g, " ").trim();
    symbols.push(`<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`);
  }
  writeFileSync(join(out, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
  return symbols.length;
}

const shared = {
  bundle: true,
  minify: true,
  sourcemap: false,
  target: ["es2020", "safari15", "firefox115", "chrome110"],
  legalComments: "none",
  logLevel: "warning",
  nodePaths: [join(root, "node_modules")],
};
const bundles = [
  { ...shared, entryPoints: { portal: "portal-entry" }, plugins: [entry], outdir: out, format: "iife" },
  { ...shared, entryPoints: { portal: "portal-styles" }, plugins: [entry], outdir: out, loader: { ".svg": "dataurl" } },
];
if (pages.length) {
  const named = Object.fromEntries(pages.map((path) => [basename(path, ".page.js"), path]));
  bundles.push({ ...shared, entryPoints: named, outdir: out, format: "iife" });
}

if (!existsSync(iconSource)) {
  console.error("node_modules is missing: run `npm ci` first");
  process.exit(1);
}
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
copyFileSync(join(here, "mark.svg"), join(out, "mark.svg"));
const icons = writeIcons();
if (process.argv.includes("--watch")) {
  for (const options of bundles) await (await context(options)).watch();
  console.log("watching");
} else {
  await Promise.all(bundles.map((options) => build(options)));
  const size = gzipSync(readFileSync(join(out, "portal.js"))).length;
  rmSync(target, { recursive: true, force: true });
  renameSync(out, target);
  console.log(`portal.js ${(size / 1024).toFixed(1)} kB compressed, ${icons} icons`);
  if (size > firstPageBudget) {
    console.error(`the first page of script may be ${firstPageBudget / 1024} kB compressed`);
    process.exit(1);
  }
}
