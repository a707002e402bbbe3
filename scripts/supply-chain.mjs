#!/usr/bin/env node
// scripts/supply-chain.mjs   Checks what is built into Konektor, without a network: each package's licence, where it comes from,
// and that none of those is there which the project does without. `make lint` runs it.
//
// What cargo-deny would check; building that takes longer than all of Konektor's other checks.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Licences under which a package may be built in; `A OR B` needs one of them, `A AND B` all. */
const ALLOWED = new Set([
  '0BSD', // without even the duty to keep its text
  'Apache-2.0',
  'Apache-2.0 WITH LLVM-exception',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CDLA-Permissive-2.0', // root certificates
  'ISC',
  'MIT',
  'PDDL-1.0', // data in the public domain: countries of networks
  'Unicode-3.0',
  'Zlib',
]);
/** What Konektor does without, and why. */
const BANNED = {
  'openssl-sys': 'TLS is rustls, so that the binary needs no library of the system',
  'native-tls': 'TLS is rustls, so that the binary needs no library of the system',
};
const REGISTRY = 'registry+https://github.com/rust-lang/crates.io-index';

/** Whether an SPDX expression can be met by what is allowed. */
export function isAllowed(expression) {
  const tokens = expression.replaceAll('/', ' OR ').match(/\(|\)|[^\s()]+/g) ?? [];
  const either = () => {
    let met = both();
    while (tokens[0] === 'OR') met = (tokens.shift(), both()) || met;
    return met;
  };
  const both = () => {
    let met = one();
    while (tokens[0] === 'AND') met = (tokens.shift(), one()) && met;
    return met;
  };
  const one = () => {
    const token = tokens.shift();
    if (token === '(') {
      const met = either();
      tokens.shift();
      return met;
    }
    return ALLOWED.has(tokens[0] === 'WITH' ? [token, tokens.shift(), tokens.shift()].join(' ') : token);
  };
  return either() && tokens.length === 0;
}

/** The checker itself: what must pass and what must not. */
for (const [expression, expected] of [
  ['MIT OR Apache-2.0', true],
  ['GPL-3.0-only', false],
  ['GPL-3.0-only OR MIT', true],
  ['MIT AND GPL-3.0-only', false],
  ['(GPL-3.0-only OR MIT) AND Unicode-3.0', true],
  ['MIT AND (GPL-3.0-only OR AGPL-3.0-only)', false],
  ['MIT/Apache-2.0', true],
  ['Apache-2.0 WITH LLVM-exception', true],
  ['GPL-2.0-only WITH Classpath-exception-2.0', false],
  ['', false],
])
  if (isAllowed(expression) !== expected) throw new Error(`the check of licences is wrong about "${expression}"`);

const faults = [];
const metadata = JSON.parse(
  execFileSync('cargo', ['metadata', '--format-version', '1', '--locked'], { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] }),
);
const foreign = metadata.packages.filter(({ id }) => !metadata.workspace_members.includes(id));
for (const { name, version, license, source } of foreign) {
  if (!isAllowed(license ?? '')) faults.push(`${name} ${version}: the licence "${license}" is not among those allowed`);
  if (source !== REGISTRY) faults.push(`${name} ${version} comes from ${source}`);
  if (name in BANNED) faults.push(`${name} ${version}: ${BANNED[name]}`);
}
let modules = 0;
for (const folder of ['web', 'reference-data', 'e2e']) {
  const { packages } = JSON.parse(readFileSync(new URL(`../${folder}/package-lock.json`, import.meta.url)));
  for (const [path, { license, dev, integrity }] of Object.entries(packages)) {
    if (!path) continue;
    modules++;
    // What only builds or tests is not handed on.
    if (!dev && !isAllowed(license ?? '')) faults.push(`${folder}/${path}: the licence "${license}" is not among those allowed`);
    if (!integrity) faults.push(`${folder}/${path} has no checksum in its lock file`);
  }
}
for (const fault of faults) console.error(`supply chain: ${fault}`);
if (faults.length > 0) process.exit(1);
console.log(`supply chain: ${foreign.length} crates and ${modules} npm packages checked: licences, sources, bans`);
