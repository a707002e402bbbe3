import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { ALWAYS, first } from './src/pages/first';

/** Below this, compression saves less than a packet. */
const WORTH_COMPRESSING_BYTES = 1024;

const RUNTIME = 'rolldown-runtime';

/** Puts Rolldown's one helper into the files that use it: as a file of its own it is the seventh of a list's first look,
 * for which a browser with six connections waits another round trip. */
function withoutRuntime(): Plugin {
  return {
    name: 'without-runtime',
    apply: 'build',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((output) => output.type === 'chunk');
      const runtime = chunks.find(({ name }) => name === RUNTIME);
      if (!runtime) return;
      const [, body, helper] = /^(.*)\bexport\s*\{\s*([\w$]+)(?:\s+as\s+t)?\s*\};?\s*$/s.exec(runtime.code) ?? [];
      if (!helper) throw new Error(`${runtime.fileName} has more than one helper`);
      for (const chunk of chunks) {
        if (chunk === runtime) continue;
        chunk.code = chunk.code.replace(
          /\bimport\s*\{\s*t(?:\s+as\s+([\w$]+))?\s*\}\s*from\s*["'`]\.\/rolldown-runtime-[^"'`]+["'`];?/,
          (_, name = 't') => `const ${name}=(()=>{${body}return ${helper}})();`,
        );
        if (chunk.code.includes(`/${RUNTIME}`)) throw new Error(`${chunk.fileName} still asks for ${runtime.fileName}`);
      }
      delete bundle[runtime.fileName];
    },
  };
}

/** Puts `.br` and `.gz` beside each script and style, so that the server never compresses. Of the files as they were
 * written: Vite changes the scripts until then. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    writeBundle({ dir }, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!dir || !/\.(js|css)$/.test(name)) continue;
        const file = join(dir, name);
        const source = readFileSync(file);
        if (source.length < WORTH_COMPRESSING_BYTES) continue;
        const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
        writeFileSync(`${file}.br`, brotliCompressSync(source, { params: quality }));
        writeFileSync(`${file}.gz`, gzipSync(source, { level: 9 }));
      }
    },
  };
}

/** Writes a document for each page that is often the first one, which names all that the page begins with: the browser
 * then asks for everything at once. The server chooses among them by the path. */
function firstDocuments(): Plugin {
  return {
    name: 'first-documents',
    apply: 'build',
    writeBundle({ dir }, bundle) {
      const chunks = Object.values(bundle).filter((output) => output.type === 'chunk');
      const document = readFileSync(join(dir!, 'index.html'), 'utf8');
      for (const [path, { page, asks }] of Object.entries(first)) {
        const own = chunks.find(({ moduleIds }) => moduleIds.some((id) => id.endsWith(`/src/pages/${page}`)));
        if (!own) throw new Error(`${path} begins with ${page}, which is in no file`);
        const scripts = [own.fileName, ...own.imports].filter((name) => !document.includes(name) && name in bundle);
        const links = [
          ...[ALWAYS, ...asks].map((url) => `<link rel="preload" as="fetch" href="${url}" crossorigin>`),
          ...scripts.map((name) => `<link rel="modulepreload" href="/${name}">`),
        ];
        const file = join(dir!, `${path}.html`);
        mkdirSync(dirname(file), { recursive: true });
        // Before the scripts: a browser has few connections, and the rows are the slowest.
        writeFileSync(file, document.replace('<script', `${links.join('\n    ')}\n    <script`));
      }
    },
  };
}

/** The server that answers the API while developing: the mock, or a real `konektor serve`. */
const API = process.env.KONEKTOR_API ?? 'http://127.0.0.1:8099';

/** What is on every screen, and what several lists have in common. */
const SHARED = [
  'src/(lib|shell|i18n|api)/',
  'src/[a-z.]+\\.ts$',
  'src/pages/index',
  'src/pages/door/regions',
  'src/pages/leads/(words|list|filters|source|change|chat)',
  'src/pages/platforms/(alert|deadline|Fold|model|news|PlatformMark|Raw|pretty)',
];
/** A list that one may begin with, and what only it and pages behind it need. What opens over it comes after it. */
const LISTS: Record<string, string> = {
  leads: 'leads/(Leads|Filters|Name|StatusMenu|BulkBar)',
  rotators: 'rotators/(Rotators|CopyLink|Mark|draft|list|looks|sentences|warnings|words)',
  agents: 'agents/(Agents|AgentMenu|State|Today|words|staff|hours|zoned|text|duty|pause)\\.',
  platforms: 'platforms/(Platforms|State|about|waiting|warning|words)',
  deliveries: 'platforms/(Deliveries|deliver(yFilters|yText|yWords|ies)|cause)',
  forms: 'forms/(Forms|FormState|words)',
};
const groups = [
  { name: 'shared', test: new RegExp(SHARED.join('|')), priority: 2, minSize: 0 },
  ...Object.entries(LISTS).map(([name, files]) => {
    return { name, test: new RegExp(`src/pages/${files}`), priority: 1, minSize: 0 };
  }),
];

export default defineConfig({
  plugins: [svelte(), withoutRuntime(), compressed(), firstDocuments()],
  build: {
    target: 'es2022',
    // The content security policy allows no data: scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false, resolveDependencies: (_, files) => files.filter((file) => !file.includes(RUNTIME)) },
    // One style for all pages is smaller than the wait for a second one.
    cssCodeSplit: false,
    // A list's first look needs two files: what is shared, and its own. Twenty small ones queue on the six connections of
    // HTTP/1.1, which costs a phone most of a second before it can ask for the rows.
    rolldownOptions: { output: { codeSplitting: { groups } } },
  },
  server: { proxy: { '/api': API } },
  preview: { proxy: { '/api': API } },
  test: { include: ['src/**/*.test.ts'] },
});
