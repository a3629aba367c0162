import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Move, type StateName, stateAfter, stateByDates } from '../src/managed-object.ts';

/** KMIP 1.4 §3.22, written out: state, move, where it leads; `refused` where it leads nowhere. */
const moves: readonly [StateName, Move, StateName | 'refused'][] = [
  ['PreActive', 'activate', 'Active'],
  ['PreActive', 'deactivate', 'refused'],
  ['PreActive', 'compromise', 'Compromised'],
  ['PreActive', 'destroy', 'Destroyed'],
  ['Active', 'activate', 'refused'],
  ['Active', 'deactivate', 'Deactivated'],
  ['Active', 'compromise', 'Compromised'],
  ['Active', 'destroy', 'refused'],
  ['Deactivated', 'activate', 'refused'],
  ['Deactivated', 'deactivate', 'refused'],
  ['Deactivated', 'compromise', 'Compromised'],
  ['Deactivated', 'destroy', 'Destroyed'],
  ['Compromised', 'activate', 'refused'],
  ['Compromised', 'deactivate', 'refused'],
  ['Compromised', 'compromise', 'refused'],
  ['Compromised', 'destroy', 'DestroyedCompromised'],
  ['Destroyed', 'activate', 'refused'],
  ['Destroyed', 'deactivate', 'refused'],
  ['Destroyed', 'compromise', 'DestroyedCompromised'],
  ['Destroyed', 'destroy', 'refused'],
  ['DestroyedCompromised', 'activate', 'refused'],
  ['DestroyedCompromised', 'deactivate', 'refused'],
  ['DestroyedCompromised', 'compromise', 'refused'],
  ['DestroyedCompromised', 'destroy', 'refused'],
];

for (const [state, move, expected] of moves)
  test(`${move} in state ${state}: ${expected}`, () => {
    assert.equal(stateAfter(state, move) ?? 'refused', expected);
  });

const at = (seconds: number): Date => new Date(seconds * 1_000);

test('an object becomes Active when its Activation Date is reached, and not before', () => {
  assert.equal(stateByDates('PreActive', { activationDate: at(10) }, at(9)), 'PreActive');
  assert.equal(stateByDates('PreActive', { activationDate: at(10) }, at(10)), 'Active');
});

test('an object becomes Deactivated when its Deactivation Date is reached', () => {
  assert.equal(stateByDates('Active', { deactivationDate: at(10) }, at(9)), 'Active');
  assert.equal(stateByDates('Active', { deactivationDate: at(10) }, at(10)), 'Deactivated');
  assert.equal(stateByDates('PreActive', { activationDate: at(5), deactivationDate: at(10) }, at(11)), 'Deactivated');
});

test('dates move nothing else', () => {
  const dates = { activationDate: at(1), deactivationDate: at(2) };
  for (const state of ['Deactivated', 'Compromised', 'Destroyed', 'DestroyedCompromised'] as const)
    assert.equal(stateByDates(state, dates, at(3)), state);
  assert.equal(stateByDates('PreActive', { deactivationDate: at(2) }, at(3)), 'PreActive');
});
