// Each report over a year, of all rotators and of one.

import { measureAsked } from './asked.mjs';

const YEAR_MS = 365 * 86_400_000;
const REPORTS = [
  'overview',
  'sources',
  'sources?by=campaign',
  'agents',
  'rotators',
  'funnel',
  'recognition',
  'screening',
  'rotation',
  'sales',
  'arrived',
];

export function measureReports(database, full) {
  const from = new Date(Date.now() - YEAR_MS).toISOString().slice(0, 10);
  let rotator;
  const look = async (ask) => {
    rotator ??= (await ask('GET', '/rotators')).items[0].id;
    return rotator;
  };
  const year = (report) => `/reports/${report}${report.includes('?') ? '&' : '?'}from=${from}`;
  const questions = REPORTS.flatMap((report) => [
    [report, () => year(report)],
    [`${report}, one rotator`, (of) => `${year(report)}&rotator_id=${of}`],
  ]);
  return measureAsked(database, full, look, questions);
}
