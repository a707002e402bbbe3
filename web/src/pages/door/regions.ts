// What can be guessed from a browser's time zone, so that set-up asks for little.

/** As the server asks for. */
export const PASSWORD_CHARS = 10;

interface Region {
  country: string;
  currency: string;
}

/** Where most of those who set up Konektor are; anybody else chooses. */
const BY_ZONE: Record<string, Region> = {
  'Asia/Jakarta': { country: 'ID', currency: 'IDR' },
  'Asia/Pontianak': { country: 'ID', currency: 'IDR' },
  'Asia/Makassar': { country: 'ID', currency: 'IDR' },
  'Asia/Jayapura': { country: 'ID', currency: 'IDR' },
  'Asia/Kuala_Lumpur': { country: 'MY', currency: 'MYR' },
  'Asia/Singapore': { country: 'SG', currency: 'SGD' },
  'Asia/Manila': { country: 'PH', currency: 'PHP' },
  'Asia/Bangkok': { country: 'TH', currency: 'THB' },
  'Asia/Ho_Chi_Minh': { country: 'VN', currency: 'VND' },
  'Asia/Kolkata': { country: 'IN', currency: 'INR' },
  'Asia/Dubai': { country: 'AE', currency: 'AED' },
  'Africa/Lagos': { country: 'NG', currency: 'NGN' },
  'America/Sao_Paulo': { country: 'BR', currency: 'BRL' },
  'America/Mexico_City': { country: 'MX', currency: 'MXN' },
  'Europe/London': { country: 'GB', currency: 'GBP' },
  'Europe/Berlin': { country: 'DE', currency: 'EUR' },
};

export function guess(zone: string): Region {
  return BY_ZONE[zone] ?? { country: 'ID', currency: 'IDR' };
}

/** ISO 3166-1 alpha-2, without what nobody has a phone number of. */
const COUNTRIES =
  'AD AE AF AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CF CG CH CI CL CM CN CO ' +
  'CR CU CV CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FM FR GA GB GD GE GH GM GN GQ GR GT GW GY HK HN HR HT HU ' +
  'ID IE IL IN IQ IR IS IT JM JO JP KE KG KH KI KM KN KP KR KW KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MH ' +
  'MK ML MM MN MO MR MT MU MV MW MX MY MZ NA NE NG NI NL NO NP NR NZ OM PA PE PG PH PK PL PR PS PT PW PY QA RO RS RU ' +
  'RW SA SB SC SD SE SG SI SK SL SM SN SO SR SS ST SV SY SZ TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VC ' +
  'VE VN VU WS XK YE ZA ZM ZW';

/** Countries by name, in the order of the language. */
export function countries(name: (code: string) => string): { value: string; label: string }[] {
  return COUNTRIES.split(' ')
    .map((value) => ({ value, label: name(value) }))
    .sort((a, b) => a.label.localeCompare(b.label));
}

export function zones(): { value: string; label: string }[] {
  return Intl.supportedValuesOf('timeZone').map((value) => ({ value, label: value.replaceAll('_', ' ') }));
}
