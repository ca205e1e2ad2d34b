/// <reference types="node" preserve="true" />
/**
 * Mirage for the tests of a program that uses it.
 * @module mirage/testing
 */
export { type FakeClock, fakeClock } from './fake-clock.ts';
export {
  createTestMirage,
  type NewTestUser,
  type TestMirage,
  type TestMirageOptions,
  type TestUser,
} from './test-mirage.ts';
