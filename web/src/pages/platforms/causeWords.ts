// Causes in plain words: what happened and what to do. Each gets the platform's name.

import { words } from '../../i18n';
import type { Cause } from './causes';

type Say = (platform: string) => string;

const en: Record<Cause, Say> = {
  token_refused: (p) => `${p} refused the access token. Make a new one and paste it.`,
  token_expired: (p) => `The access token of ${p} has expired. Make a new one and paste it.`,
  no_permission: (p) =>
    `The access token may not report to this account of ${p}. Give it the permission, or make one as somebody who manages the account.`,
  app_secret: (p) => `${p} also wants the app secret. Enter it with the access token.`,
  google_grant: () =>
    'Google no longer accepts these credentials: the key was deleted, or the refresh token has ended. Enter new ones; a service account does not expire.',
  google_access: () =>
    'Google refused access. Add the service account (or the person who signed in) as a user of the Google Ads account, and switch on the Data Manager API in the Google Cloud project.',
  google_scope: () => 'The sign-in at Google did not include everything. Sign in again and agree to all that Google asks.',
  google_not_allowed: () => 'Google has not let this account use the Data Manager API.',
  dataset_unknown: (p) => `${p} does not find the data set, or the token may not see it. Check the data set ID.`,
  version_ended: (p) => `${p} has ended this version of its API. Raise the API version in the settings.`,
  action_wrong: () =>
    'Google does not accept the conversion action. It must belong to this account and be of the kind “import from clicks”.',
  account_wrong: () => 'Google does not find the account. Check the account ID, and the manager account if you use one.',
  terms: () => 'The Google Ads account has not accepted the terms for conversions. Open its conversion settings and accept them.',
  pixel_unknown: (p) => `${p} does not know the pixel. Check the pixel code.`,
  rule_wrong: (p) => `The conversion rule is of another kind. Choose one at ${p} whose source is the Conversions API.`,
  rule_unknown: (p) => `${p} does not find the conversion rule. Check its number.`,
  click_id_bad: (p) => `${p} says that this is none of its click IDs. Somebody may have changed the link by hand.`,
  click_unknown: (p) => `${p} does not know the click. It did not come from one of this account’s ads.`,
  click_of_other_account: (p) => `The click belongs to another ad account at ${p}.`,
  time_bad: (p) => `${p} found the time of the event too old, or in the future.`,
  value_missing: (p) => `${p} wants a value and a currency for a sale. Enter them when you set a lead to “Won”.`,
  event_bad: (p) => `${p} refused this event. The others went through.`,
  google_consent: () => 'Google wants to know that the visitor consents. Set what holds for visitors who said nothing.',
  google_braid: () => 'Clicks from iPhones need a conversion action that counts every conversion, not one per click.',
  too_old: (p) => `It grew too old for ${p} before it could be sent.`,
  no_consent: () => 'The visitor did not consent, so nothing left the server.',
  destination_removed: () => 'The connection was removed before it could be sent.',
  click_erased: () => 'The visitor’s data was erased before it was sent.',
  too_many: (p) => `${p} wants fewer requests for now. It is sent again by itself.`,
  action_new: () => 'The conversion action is still too new for Google. It is sent again in 6 hours by itself.',
  passing: (p) => `${p} could not take it just now. It is sent again by itself.`,
};

const id: Record<Cause, Say> = {
  token_refused: (p) => `${p} menolak token akses. Buat token baru, lalu tempelkan.`,
  token_expired: (p) => `Token akses ${p} sudah kedaluwarsa. Buat token baru, lalu tempelkan.`,
  no_permission: (p) =>
    `Token akses tidak berhak melapor ke akun ${p} ini. Beri izin, atau buat token sebagai orang yang mengelola akun tersebut.`,
  app_secret: (p) => `${p} juga meminta rahasia aplikasi (app secret). Isikan bersama token akses.`,
  google_grant: () =>
    'Google tidak lagi menerima kredensial ini: kuncinya dihapus, atau refresh token sudah berakhir. Masukkan yang baru; akun layanan tidak kedaluwarsa.',
  google_access: () =>
    'Google menolak akses. Tambahkan akun layanan (atau orang yang masuk) sebagai pengguna akun Google Ads, dan aktifkan Data Manager API di proyek Google Cloud.',
  google_scope: () => 'Izin saat masuk ke Google tidak lengkap. Masuk lagi dan setujui semua yang diminta Google.',
  google_not_allowed: () => 'Google belum mengizinkan akun ini memakai Data Manager API.',
  dataset_unknown: (p) => `${p} tidak menemukan set data, atau token tidak boleh melihatnya. Periksa ID set data.`,
  version_ended: (p) => `${p} sudah mengakhiri versi API ini. Naikkan versi API di pengaturan.`,
  action_wrong: () =>
    'Google tidak menerima tindakan konversi. Tindakan itu harus milik akun ini dan berjenis “impor dari klik”.',
  account_wrong: () => 'Google tidak menemukan akunnya. Periksa ID akun, dan akun pengelola bila Anda memakainya.',
  terms: () => 'Akun Google Ads belum menyetujui persyaratan konversi. Buka setelan konversinya, lalu setujui.',
  pixel_unknown: (p) => `${p} tidak mengenal pixel ini. Periksa kode pixel.`,
  rule_wrong: (p) => `Jenis aturan konversinya lain. Pilih aturan di ${p} yang sumbernya Conversions API.`,
  rule_unknown: (p) => `${p} tidak menemukan aturan konversi. Periksa nomornya.`,
  click_id_bad: (p) => `Menurut ${p}, ini bukan ID kliknya. Mungkin tautannya pernah diubah orang.`,
  click_unknown: (p) => `${p} tidak mengenal klik ini. Klik ini bukan dari iklan akun tersebut.`,
  click_of_other_account: (p) => `Klik ini milik akun iklan lain di ${p}.`,
  time_bad: (p) => `Menurut ${p}, waktu peristiwa terlalu lama lalu, atau di masa depan.`,
  value_missing: (p) => `${p} meminta nilai dan mata uang untuk penjualan. Isi saat Anda mengubah lead menjadi “Berhasil”.`,
  event_bad: (p) => `${p} menolak peristiwa ini. Yang lain tetap diterima.`,
  google_consent: () => 'Google ingin tahu bahwa pengunjung setuju. Tentukan yang berlaku bagi pengunjung yang tidak menyatakan apa pun.',
  google_braid: () => 'Klik dari iPhone memerlukan tindakan konversi yang menghitung setiap konversi, bukan satu per klik.',
  too_old: (p) => `Sudah terlalu lama bagi ${p} sebelum sempat dikirim.`,
  no_consent: () => 'Pengunjung tidak setuju, jadi tidak ada yang keluar dari server.',
  destination_removed: () => 'Sambungan dihapus sebelum ini sempat dikirim.',
  click_erased: () => 'Data pengunjung dihapus sebelum ini dikirim.',
  too_many: (p) => `${p} meminta lebih sedikit permintaan untuk sementara. Akan dikirim lagi dengan sendirinya.`,
  action_new: () => 'Tindakan konversi masih terlalu baru bagi Google. Akan dikirim lagi dengan sendirinya dalam 6 jam.',
  passing: (p) => `${p} belum bisa menerimanya. Akan dikirim lagi dengan sendirinya.`,
};

export const causes = words({ en, id });
