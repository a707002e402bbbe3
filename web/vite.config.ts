import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { ALWAYS, first } from './src/pages/first';

/** Below this, compression saves less than a packet. */
const WORTH_COMPRESSING_BYTES = 1024;

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
        const scripts = [own.fileName, ...own.imports].filter((name) => !document.includes(name));
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

/** What is on every screen, the leads, and what the other lists have in common with pages of one. */
const SHARED = new RegExp(
  [
    'src/(lib|shell|i18n)/',
    'src/[a-z.]+\\.ts$',
    'src/pages/(index|leads)',
    'src/pages/agents/(PauseDialog|[a-z])',
    'src/pages/door/regions',
    'src/pages/rotators/(CopyLink|Mark|looks|sentences|words|warnings|draft|list)',
    'src/pages/platforms/(State|PlatformMark|Raw|about|cause|holdText|model|news|waiting|warning|words)',
  ].join('|'),
);

export default defineConfig({
  plugins: [svelte(), compressed(), firstDocuments()],
  build: {
    target: 'es2022',
    // The content security policy allows no data: scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One style for all pages is smaller than the wait for a second one.
    cssCodeSplit: false,
    // What a first look needs is one file, and one more for its page: twenty small ones queue on the six connections of
    // HTTP/1.1, which costs a phone most of a second before it can ask for the rows. So what two pages share is here, too,
    // if a list is among them.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'shared', test: SHARED, minSize: 0 },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': API } },
  preview: { proxy: { '/api': API } },
  test: { include: ['src/**/*.test.ts'] },
});
