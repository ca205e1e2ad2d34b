/// <reference types="node" preserve="true" />
/**
 * Runs Mirage in the tests of a program that embeds it.
 * @module mirage/testing
 */
export {
  type ChatWorld,
  type CreateSubject,
  type DescribeChatOptions,
  describeChat,
  type FailedScenario,
  findFailure,
  type Step as ChatStep,
} from './chat/describe-chat.ts';
export { type FakeClock, fakeClock } from './fake-clock.ts';
export {
  createTestMirage,
  type NewTestUser,
  type TestMirage,
  type TestMirageOptions,
  type TestUser,
} from './test-mirage.ts';
