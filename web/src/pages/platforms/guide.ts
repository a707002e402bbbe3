// How to find what has to be entered, in the platform's own words for its own screens. `*…*` is something to look for on
// the screen.

import { words } from '../../i18n';
import type { FieldName, Part, Way } from './fields';
import type { Platform } from './model';

export interface FieldWords {
  label: string;
  help?: string;
  /** What is wrong with what was entered. */
  wrong?: string;
}

export interface Guide {
  settings: readonly string[];
  credentials: Record<Way, readonly string[]>;
  fields: Partial<Record<FieldName, FieldWords>>;
  /** Where a test event is seen, and where its code stands. */
  test: readonly string[];
}

/** The platforms' own pages, to be opened beside this one. */
export const OPEN: Record<Platform, Record<Part, { name: string; href: string }>> = {
  meta: {
    settings: { name: 'Events Manager', href: 'https://business.facebook.com/events_manager2/' },
    credentials: { name: 'Events Manager', href: 'https://business.facebook.com/events_manager2/' },
  },
  google: {
    settings: { name: 'Google Ads', href: 'https://ads.google.com/' },
    credentials: { name: 'Google Cloud', href: 'https://console.cloud.google.com/' },
  },
  tiktok: {
    settings: { name: 'TikTok Ads Manager', href: 'https://ads.tiktok.com/' },
    credentials: { name: 'TikTok Ads Manager', href: 'https://ads.tiktok.com/' },
  },
  linkedin: {
    settings: { name: 'Campaign Manager', href: 'https://www.linkedin.com/campaignmanager/' },
    credentials: { name: 'Campaign Manager', href: 'https://www.linkedin.com/campaignmanager/' },
  },
};

const both = (steps: readonly string[]) => ({ service_account: steps, oauth: steps });

const en: Record<Platform, Guide> = {
  meta: {
    settings: ['Open *Events Manager* and choose your data set (formerly: pixel).', 'Copy the number under its name.'],
    credentials: both([
      'In *Events Manager* open the data set and go to *Settings*.',
      'Scroll to *Conversions API* and choose *Generate access token*.',
      'Copy the whole token and paste it below.',
    ]),
    fields: {
      dataset_id: { label: 'Data set ID', help: '15 or 16 digits.', wrong: 'This is not a data set ID, which has 15 or 16 digits. Copy it from Events Manager.' },
      api_version: { label: 'Version of the Graph API', help: 'Empty: the one that Konektor knows, v26.0.', wrong: 'Write it like v26.0, or leave it empty.' },
      limited_data_use: { label: 'Limited Data Use, for visitors in states of the USA that ask for it' },
      access_token: { label: 'Access token', wrong: 'There is a blank or a line break in it. Copy the token once more, alone and whole.' },
      app_secret: { label: 'App secret', help: 'Only if the token’s app demands “appsecret_proof”.', wrong: 'There is a blank or a line break in it. Copy it once more.' },
    },
    test: ['In *Events Manager* open the data set and the tab *Test events*.', 'Copy the code that begins with TEST.'],
  },
  google: {
    settings: [
      'In *Google Ads* copy the account’s number from the top right.',
      'Go to *Goals → Conversions* and open the conversion action. It must be of the kind *import from clicks*.',
      'Copy the number behind *ctId=* in the page’s address.',
    ],
    credentials: {
      service_account: [
        'In *Google Cloud* choose or make a project and switch on the *Data Manager API*.',
        'Under *IAM & Admin → Service accounts* make an account; open it, *Keys → Add key → JSON*.',
        'Choose the downloaded file below, or paste its text.',
        'In *Google Ads* under *Admin → Access and security* add the service account’s e-mail address with standard access.',
      ],
      oauth: [
        'In *Google Cloud* switch on the *Data Manager API* and make an *OAuth client*.',
        'Publish the consent screen: while it is in *Testing*, Google ends refresh tokens after 7 days.',
        'Sign in once as somebody with access to the Google Ads account and keep the refresh token.',
      ],
    },
    fields: {
      account_id: { label: 'Google Ads account', help: 'Ten digits; dashes may stay.', wrong: 'An account has ten digits, such as 123-456-7890.' },
      conversion_action_id: { label: 'Conversion action', help: 'Its number, or the whole address of its page.', wrong: 'This is not the number of a conversion action. It stands behind ctId= in the page’s address.' },
      login_account_id: { label: 'Manager account (optional)', help: 'Only if the account is reached through a manager account (MCC).', wrong: 'An account has ten digits, such as 123-456-7890.' },
      service_account_json: { label: 'Key file of the service account (JSON)', wrong: 'This is not the key file of a service account. Take the whole file, as it was downloaded, from { to }.' },
      client_id: { label: 'Client ID', wrong: 'There is a blank or a line break in it. Copy it once more.' },
      client_secret: { label: 'Client secret', wrong: 'There is a blank or a line break in it. Copy it once more.' },
      refresh_token: { label: 'Refresh token', wrong: 'There is a blank or a line break in it. Copy it once more.' },
    },
    test: [],
  },
  tiktok: {
    settings: ['In *TikTok Ads Manager* open *Events Manager* and choose your pixel.', 'Copy the code beside the pixel’s name.'],
    credentials: both([
      'In *Events Manager* open the pixel and go to *Settings*.',
      'Under *Events API* choose *Generate access token*.',
      'Copy the whole token and paste it below. It does not expire by itself.',
    ]),
    fields: {
      pixel_code: { label: 'Pixel code', help: '20 letters and digits.', wrong: 'This is not a pixel code, which has 20 letters and digits. Copy it from Events Manager.' },
      limited_data_use: { label: 'Limited Data Use, for visitors in states of the USA that ask for it' },
      access_token: { label: 'Access token', wrong: 'There is a blank or a line break in it. Copy the token once more, alone and whole.' },
    },
    test: ['In *Events Manager* open the pixel and the tab *Test events*.', 'Copy the code that begins with TEST.'],
  },
  linkedin: {
    settings: [
      'In *Campaign Manager* open *Measurement → Conversion tracking* and the conversion. Its source must be the *Conversions API*, its type *Contact*.',
      'Copy the number at the end of the page’s address.',
      'Add the conversion to your campaigns, and switch on *enhanced conversion tracking* for the Insight Tag: without it, links carry no click ID.',
    ],
    credentials: both([
      'In *Campaign Manager* open *Measurement → Signals manager*.',
      'Open the source *Conversions API* and generate an access token.',
      'Copy the whole token and paste it below.',
    ]),
    fields: {
      conversion_rule_id: { label: 'Conversion rule', help: 'Its number, or the whole URN.', wrong: 'This is not the number of a conversion rule. It stands at the end of the page’s address.' },
      api_version: { label: 'Version of the API', help: 'Year and month; empty: 202609. LinkedIn ends each version after about a year.', wrong: 'Write the year and the month, such as 202609.' },
      access_token: { label: 'Access token', wrong: 'There is a blank or a line break in it. Copy the token once more, alone and whole.' },
    },
    test: [],
  },
};

const id: Record<Platform, Guide> = {
  meta: {
    settings: ['Buka *Events Manager*, lalu pilih set data Anda (dulu: pixel).', 'Salin nomor di bawah namanya.'],
    credentials: both([
      'Di *Events Manager*, buka set data, lalu *Settings* (Pengaturan).',
      'Gulir ke *Conversions API*, lalu pilih *Generate access token* (Buat token akses).',
      'Salin seluruh token, lalu tempelkan di bawah.',
    ]),
    fields: {
      dataset_id: { label: 'ID set data', help: '15 atau 16 angka.', wrong: 'Ini bukan ID set data, yang terdiri dari 15 atau 16 angka. Salin dari Events Manager.' },
      api_version: { label: 'Versi Graph API', help: 'Kosong: versi yang dikenal Konektor, v26.0.', wrong: 'Tulis seperti v26.0, atau kosongkan.' },
      limited_data_use: { label: 'Limited Data Use, untuk pengunjung di negara bagian AS yang mewajibkannya' },
      access_token: { label: 'Token akses', wrong: 'Ada spasi atau ganti baris di dalamnya. Salin lagi tokennya saja, seluruhnya.' },
      app_secret: { label: 'Rahasia aplikasi (app secret)', help: 'Hanya bila aplikasi pemilik token mewajibkan “appsecret_proof”.', wrong: 'Ada spasi atau ganti baris di dalamnya. Salin lagi.' },
    },
    test: ['Di *Events Manager*, buka set data, lalu tab *Test events*.', 'Salin kode yang berawalan TEST.'],
  },
  google: {
    settings: [
      'Di *Google Ads*, salin nomor akun dari kanan atas.',
      'Buka *Sasaran → Konversi*, lalu tindakan konversinya. Jenisnya harus *impor dari klik*.',
      'Salin nomor setelah *ctId=* di alamat halamannya.',
    ],
    credentials: {
      service_account: [
        'Di *Google Cloud*, pilih atau buat proyek, lalu aktifkan *Data Manager API*.',
        'Di *IAM & Admin → Service accounts*, buat akun; buka, lalu *Keys → Add key → JSON*.',
        'Pilih berkas yang terunduh di bawah, atau tempelkan isinya.',
        'Di *Google Ads*, pada *Admin → Akses dan keamanan*, tambahkan alamat e-mail akun layanan dengan akses standar.',
      ],
      oauth: [
        'Di *Google Cloud*, aktifkan *Data Manager API* dan buat *OAuth client*.',
        'Publikasikan layar persetujuan: selama masih *Testing*, Google mengakhiri refresh token setelah 7 hari.',
        'Masuk sekali sebagai orang yang punya akses ke akun Google Ads, lalu simpan refresh token-nya.',
      ],
    },
    fields: {
      account_id: { label: 'Akun Google Ads', help: 'Sepuluh angka; tanda hubung boleh ada.', wrong: 'Nomor akun terdiri dari sepuluh angka, misalnya 123-456-7890.' },
      conversion_action_id: { label: 'Tindakan konversi', help: 'Nomornya, atau seluruh alamat halamannya.', wrong: 'Ini bukan nomor tindakan konversi. Nomornya ada setelah ctId= di alamat halaman.' },
      login_account_id: { label: 'Akun pengelola (opsional)', help: 'Hanya bila akun dicapai lewat akun pengelola (MCC).', wrong: 'Nomor akun terdiri dari sepuluh angka, misalnya 123-456-7890.' },
      service_account_json: { label: 'Berkas kunci akun layanan (JSON)', wrong: 'Ini bukan berkas kunci akun layanan. Pakai seluruh isi berkas seperti saat diunduh, dari { sampai }.' },
      client_id: { label: 'Client ID', wrong: 'Ada spasi atau ganti baris di dalamnya. Salin lagi.' },
      client_secret: { label: 'Client secret', wrong: 'Ada spasi atau ganti baris di dalamnya. Salin lagi.' },
      refresh_token: { label: 'Refresh token', wrong: 'Ada spasi atau ganti baris di dalamnya. Salin lagi.' },
    },
    test: [],
  },
  tiktok: {
    settings: ['Di *TikTok Ads Manager*, buka *Events Manager*, lalu pilih pixel Anda.', 'Salin kode di samping nama pixel.'],
    credentials: both([
      'Di *Events Manager*, buka pixel, lalu *Settings* (Pengaturan).',
      'Di *Events API*, pilih *Generate access token* (Buat token akses).',
      'Salin seluruh token, lalu tempelkan di bawah. Token ini tidak kedaluwarsa sendiri.',
    ]),
    fields: {
      pixel_code: { label: 'Kode pixel', help: '20 huruf dan angka.', wrong: 'Ini bukan kode pixel, yang terdiri dari 20 huruf dan angka. Salin dari Events Manager.' },
      limited_data_use: { label: 'Limited Data Use, untuk pengunjung di negara bagian AS yang mewajibkannya' },
      access_token: { label: 'Token akses', wrong: 'Ada spasi atau ganti baris di dalamnya. Salin lagi tokennya saja, seluruhnya.' },
    },
    test: ['Di *Events Manager*, buka pixel, lalu tab *Test events*.', 'Salin kode yang berawalan TEST.'],
  },
  linkedin: {
    settings: [
      'Di *Campaign Manager*, buka *Measurement → Conversion tracking*, lalu konversinya. Sumbernya harus *Conversions API*, jenisnya *Contact*.',
      'Salin nomor di akhir alamat halamannya.',
      'Tambahkan konversi ke kampanye Anda, dan aktifkan *enhanced conversion tracking* pada Insight Tag: tanpa itu, tautan tidak membawa ID klik.',
    ],
    credentials: both([
      'Di *Campaign Manager*, buka *Measurement → Signals manager*.',
      'Buka sumber *Conversions API*, lalu buat token akses.',
      'Salin seluruh token, lalu tempelkan di bawah.',
    ]),
    fields: {
      conversion_rule_id: { label: 'Aturan konversi', help: 'Nomornya, atau seluruh URN.', wrong: 'Ini bukan nomor aturan konversi. Nomornya ada di akhir alamat halaman.' },
      api_version: { label: 'Versi API', help: 'Tahun dan bulan; kosong: 202609. LinkedIn mengakhiri tiap versi setelah kira-kira setahun.', wrong: 'Tulis tahun dan bulan, misalnya 202609.' },
      access_token: { label: 'Token akses', wrong: 'Ada spasi atau ganti baris di dalamnya. Salin lagi tokennya saja, seluruhnya.' },
    },
    test: [],
  },
};

export const guide = words({ en, id });
