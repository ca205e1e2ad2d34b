import Database from 'better-sqlite3';

/** What a database says of bytes in the storage of files. */
export interface FileContent {
  id: string;
  size: number;
  /** In hex. */
  storedSha256: string;
  previews: string;
}

/** The contents that a database file refers to, whatever its version. The file must not be changed meanwhile. */
export function* readFileContents(path: string): Generator<FileContent, void> {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const has = db
      .prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'file_contents'")
      .get();
    if (!has) return;
    yield* db
      .prepare<[], FileContent>(
        'SELECT id, size, stored_sha256 AS storedSha256, previews FROM file_contents ORDER BY id',
      )
      .iterate();
  } finally {
    db.close();
  }
}
