// A finding's figures as its sentences want them.

import type { Finding, Told } from './say';

interface Shows {
  number: (n: number) => string;
  moment: (at: string) => string;
  platform: (name: string) => string;
}

/** `name` is what it is about; what lies ahead is said as a time. */
export function told(finding: Finding, shows: Shows): Told {
  const details: Record<string, string> = finding.details;
  return {
    name: finding.subject,
    example: finding.example ?? '',
    n: shows.number(finding.count ?? 0),
    detail: (name) => (name === 'label' ? shows.platform(details.platform ?? '') : (details[name] ?? '')),
    from: finding.since ? shows.moment(finding.since) : '',
    until: finding.at ? shows.moment(finding.at) : '',
  };
}
