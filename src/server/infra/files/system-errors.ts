import { AppError } from '../../core/errors.ts';

/** The code of an error of the operating system, such as 'ENOENT'; empty for other errors. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** Whether there is no such file, or something else than a file. Symbolic links, which are not followed, give ELOOP. */
export const isAbsent = (error: unknown): boolean => ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error));

/** Throws 'STORAGE_FULL' if the disk is full or a quota of it used up, and otherwise the error. */
export function refuseIfFull(error: unknown): never {
  throw ['ENOSPC', 'EDQUOT'].includes(codeOf(error)) ? new AppError('STORAGE_FULL', { cause: error }) : error;
}
