import { timingSafeEqual } from 'node:crypto';
import { Failure } from '@kagibako/contracts/failures';
import type { KeyMaterial } from '@kagibako/crypto/key-material';
import { cbc } from '@noble/ciphers/aes.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';

/** VMware's container of a machine's small encrypted files (.nvram, .vmsn): a header page, then encrypted pages. */
const magic = 0x8943dd9e;
const version = 1;
const pageBytes = 4096;
const dataBytes = 4064;
const ivBytes = 16;
const macBytes = 16;
const encryptionKeyBytes = 32;
const logicalBytesMax = 256 * 1024 * 1024;

/** Offsets of the header's little-endian fields. */
const header = { magic: 0, version: 4, dataPerPage: 8, ivSize: 12, macSize: 16, logicalSize: 24 } as const;

/** Encrypts a file under the first 32 bytes of `dek`, each page with its own IV. Both remain the caller's to wipe. */
export function encodeEncobj(plaintext: Uint8Array, dek: KeyMaterial): Uint8Array {
  if (plaintext.length > logicalBytesMax) throw new Failure('TooLarge', `a file of more than ${logicalBytesMax} bytes`);
  const pages = countPages(plaintext.length);
  const file = new Uint8Array(pageBytes * (1 + pages));
  writeHeader(file, plaintext.length);
  const data = new Uint8Array(dataBytes);
  for (let number = 0; number < pages; number += 1) {
    data.fill(0);
    data.set(plaintext.subarray(number * dataBytes, (number + 1) * dataBytes));
    writePage(pageOf(file, number), data, dek, { number, version, logicalSize: plaintext.length });
  }
  data.fill(0);
  return file;
}

/** The inverse of `encodeEncobj`; the result is the caller's to wipe. Fails when any byte of the file was changed. */
export function decodeEncobj(bytes: Uint8Array, dek: KeyMaterial): Uint8Array {
  const { fileVersion, logicalSize } = readHeader(bytes);
  const pages = countPages(logicalSize);
  if (bytes.length !== pageBytes * (1 + pages)) throw corrupt('its length is not what its header says');
  const plaintext = new Uint8Array(pages * dataBytes);
  for (let number = 0; number < pages; number += 1) {
    const page = pageOf(bytes, number);
    const mac = macOf(page, dek, { number, version: fileVersion, logicalSize });
    if (!timingSafeEqual(mac, page.subarray(dataBytes + ivBytes))) {
      plaintext.fill(0);
      throw corrupt(`page ${number} does not belong to it, or the key is another one`);
    }
    cipherOf(page, dek).decrypt(
      page.subarray(0, dataBytes),
      plaintext.subarray(number * dataBytes, (number + 1) * dataBytes),
    );
  }
  return plaintext.subarray(0, logicalSize);
}

/** What a page's MAC binds it to, so that pages can be neither moved nor cut off, nor the file relabelled. */
type PagePlace = { number: number; version: number; logicalSize: number };

function writePage(page: Uint8Array, data: Uint8Array, dek: KeyMaterial, place: PagePlace): void {
  crypto.getRandomValues(page.subarray(dataBytes, dataBytes + ivBytes));
  page.set(cipherOf(page, dek).encrypt(data));
  page.set(macOf(page, dek, place), dataBytes + ivBytes);
}

// Node's cipher objects would keep a copy of the key until they are collected.
const cipherOf = (page: Uint8Array, dek: KeyMaterial) =>
  cbc(dek.expose().subarray(0, encryptionKeyBytes), page.slice(dataBytes, dataBytes + ivBytes), {
    disablePadding: true,
  });

/**
 * HMAC-SHA-1-128 under the whole DEK: page number and version (u32), logical size (u64), IV, ciphertext. VMware does not
 * publish what its own MAC covers; public readers of the format do not check it.
 */
function macOf(page: Uint8Array, dek: KeyMaterial, { number, version, logicalSize }: PagePlace): Uint8Array {
  const place = new DataView(new ArrayBuffer(16));
  place.setUint32(0, number, true);
  place.setUint32(4, version, true);
  place.setBigUint64(8, BigInt(logicalSize), true);
  const mac = hmac.create(sha1, dek.expose());
  mac.update(new Uint8Array(place.buffer));
  mac.update(page.subarray(dataBytes, dataBytes + ivBytes));
  mac.update(page.subarray(0, dataBytes));
  return mac.digest().subarray(0, macBytes);
}

function writeHeader(file: Uint8Array, logicalSize: number): void {
  const fields = new DataView(file.buffer, file.byteOffset, pageBytes);
  fields.setUint32(header.magic, magic, true);
  fields.setUint32(header.version, version, true);
  fields.setUint32(header.dataPerPage, dataBytes, true);
  fields.setUint32(header.ivSize, ivBytes, true);
  fields.setUint32(header.macSize, macBytes, true);
  fields.setBigUint64(header.logicalSize, BigInt(logicalSize), true);
}

function readHeader(bytes: Uint8Array): { fileVersion: number; logicalSize: number } {
  if (bytes.length < pageBytes) throw corrupt('it is shorter than its header');
  const fields = new DataView(bytes.buffer, bytes.byteOffset, pageBytes);
  if (fields.getUint32(header.magic, true) !== magic) throw corrupt('it is no encrypted object');
  const sizes = [header.dataPerPage, header.ivSize, header.macSize].map((offset) => fields.getUint32(offset, true));
  if (sizes.join() !== [dataBytes, ivBytes, macBytes].join()) throw corrupt('its pages have another layout');
  const logicalSize = Number(fields.getBigUint64(header.logicalSize, true));
  if (logicalSize > logicalBytesMax) throw corrupt(`it claims more than ${logicalBytesMax} bytes`);
  return { fileVersion: fields.getUint32(header.version, true), logicalSize };
}

/** An empty file has one page as well, so that its size is authenticated. */
const countPages = (logicalSize: number): number => Math.max(1, Math.ceil(logicalSize / dataBytes));

const pageOf = (file: Uint8Array, number: number): Uint8Array =>
  file.subarray(pageBytes * (1 + number), pageBytes * (2 + number));

const corrupt = (problem: string): Failure =>
  new Failure('DataCorrupt', `the encrypted file cannot be read: ${problem}`);
