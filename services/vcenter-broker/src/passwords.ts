import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { StoredPassword } from './store/users.ts';

const costLog2 = 15;
const saltBytes = 16;
const hashBytes = 32;
/** 128 · N · r bytes and a little more; what is stored cannot ask for more. */
const memoryBytesMax = 160 * 2 ** 15 * 8;

/** The password stays the caller's, to wipe. */
export async function hashPassword(password: Uint8Array): Promise<StoredPassword> {
  const salt = randomBytes(saltBytes);
  return { salt, hash: await stretch(password, salt, costLog2), costLog2 };
}

export async function isPassword(password: Uint8Array, stored: StoredPassword): Promise<boolean> {
  const hash = await stretch(password, stored.salt, stored.costLog2);
  return hash.length === stored.hash.length && timingSafeEqual(hash, stored.hash);
}

/** What a user who does not exist is compared with, so that the answer takes as long. */
export const nobodysPassword: StoredPassword = {
  salt: randomBytes(saltBytes),
  hash: randomBytes(hashBytes),
  costLog2,
};

function stretch(password: Uint8Array, salt: Uint8Array, cost: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { N: 2 ** cost, r: 8, p: 1, maxmem: memoryBytesMax };
    scrypt(password, salt, hashBytes, options, (error, hash) => (error === null ? resolve(hash) : reject(error)));
  });
}
