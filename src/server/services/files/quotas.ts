import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Deps } from '../shared/deps.ts';

/** How many bytes are stored of one user's files, or under the empty name of all. */
interface Usage {
  owner: string;
  bytes: number | bigint;
}

/** Throws 'FILE_QUOTA' if the user has no room for so many bytes more, and 'STORAGE_FULL' if the server has none. */
export async function requireRoom(deps: Pick<Deps, 'sql' | 'config'>, owner: string, bytes: number) {
  const { userQuotaBytes, totalQuotaBytes } = deps.config.files;
  const usages = await deps.sql<Usage>(
    Prisma.sql`SELECT owner, bytes FROM file_usage WHERE owner IN (${owner}, '')`,
  );
  requireWithin(deps, usages, bytes);
  if (bytes > userQuotaBytes || bytes > totalQuotaBytes) throw new AppError('FILE_QUOTA');
}

/** Within the transaction that adds the bytes, so that uploads at the same time cannot exceed a quota together. */
export async function requireQuotas(
  deps: Pick<Deps, 'config'>,
  tx: Pick<Deps['db'], 'fileUsage'>,
  owner: string,
): Promise<void> {
  requireWithin(deps, await tx.fileUsage.findMany({ where: { owner: { in: [owner, ''] } } }), 0);
}

function requireWithin({ config }: Pick<Deps, 'config'>, usages: Usage[], more: number): void {
  const { userQuotaBytes, totalQuotaBytes } = config.files;
  for (const { owner, bytes } of usages) {
    const isOfAll = owner === '';
    if (Number(bytes) + more > (isOfAll ? totalQuotaBytes : userQuotaBytes))
      throw new AppError(isOfAll ? 'STORAGE_FULL' : 'FILE_QUOTA');
  }
}
