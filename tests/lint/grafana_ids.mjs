// Prints, as JSON, the ids that Grafana's published packages know.
// node grafana_ids.mjs FOLDER, where FOLDER has node_modules with @grafana/data, @grafana/schema, esbuild and typescript.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';

const folder = process.argv[2];
const need = createRequire(`${folder}/x.cjs`);

// The registries of @grafana/data fill themselves when it is loaded, which wants a browser's names to be there.
const { outputFiles } = await need('esbuild').build({
  stdin: {
    contents: `
      import * as data from '@grafana/data';
      const reducers = data.fieldReducers.list();
      globalThis.__ids = {
        units: Object.keys(data.getValueFormatterIndex()),
        reducers: reducers.flatMap((each) => [each.id, ...(each.aliasIds ?? [])]),
        transformers: [...Object.values(data.standardTransformers).map((each) => each.id), ...Object.values(data.DataTransformerID)],
        matchers: data.fieldMatchers.list().map((each) => each.id),
        properties: Object.values(data.FieldConfigProperty),
      };`,
    resolveDir: folder,
  },
  bundle: true, platform: 'node', format: 'cjs', write: false, logLevel: 'error',
  banner: { js: 'globalThis.window = globalThis; globalThis.navigator ??= { userAgent: "", platform: "", languages: ["en"] };' },
});
const { info } = console;
console.info = () => {}; // one of its dependencies advertises
new Function('require', 'module', 'exports', outputFiles[0].text)(need, { exports: {} }, {});
console.info = info;

// What a kind of panel keeps under "custom" is known to the types alone.
const ts = need('typescript');
const root = `${folder}/node_modules/@grafana/schema/dist/types/raw/composable`;
const files = Object.fromEntries(
  readdirSync(root).map((name) => [name, `${root}/${name}/panelcfg/x/types.gen.d.ts`]).filter(([, file]) => existsSync(file)));
const program = ts.createProgram(Object.values(files), { moduleResolution: ts.ModuleResolutionKind.Bundler, module: ts.ModuleKind.ESNext, types: [] });
const checker = program.getTypeChecker();
const custom = {};
for (const [name, file] of Object.entries(files)) {
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)));
  const config = exported.find((each) => each.name === 'FieldConfig');
  if (config) custom[name] = checker.getDeclaredTypeOfSymbol(config).getProperties().map((each) => each.name);
}
const { version } = JSON.parse(readFileSync(`${folder}/node_modules/@grafana/data/package.json`));
console.log(JSON.stringify({ version, ...globalThis.__ids, custom }));
