import type { Scope } from '@signalbox/domain';
import type { Db, Pool } from './pool.js';

/** A key of the API, without the key. */
export interface ApiKeyRow {
  id: string;
  name: string;
  scope: Scope;
  created_at: Date;
  /** To the minute; null: never. */
  last_used_at: Date | null;
  /** null: it is in force. */
  revoked_at: Date | null;
}

/** A key in force, as a request is recognised by it. */
export interface StoredKey {
  id: string;
  name: string;
  scope: Scope;
  hash: Buffer;
}

const columns = 'k.id, k.name, k.scope, k.created_at, k.last_used_at, k.revoked_at';

/** Adds a key. */
export async function addApiKey(db: Db, key: StoredKey): Promise<ApiKeyRow> {
  const { rows } = await db.query<ApiKeyRow>(
    `insert into api_keys as k (id, name, scope, hash) values ($1, $2, $3, $4) returning ${columns}`,
    [key.id, key.name, key.scope, key.hash],
  );
  return rows[0] as ApiKeyRow;
}

/** The newest keys, revoked ones too; `before` is the id the page before ended with. */
export async function newestApiKeys(pool: Pool, limit: number, before: string | null): Promise<ApiKeyRow[]> {
  const { rows } = await pool.query<ApiKeyRow>(
    `select ${columns} from api_keys k where $2::uuid is null or k.id < $2 order by k.id desc limit $1`,
    [limit, before],
  );
  return rows;
}

/** One key; null where there is none. */
export async function findApiKey(db: Db, id: string): Promise<ApiKeyRow | null> {
  const { rows } = await db.query<ApiKeyRow>(`select ${columns} from api_keys k where k.id = $1`, [id]);
  return rows[0] ?? null;
}

/** Every key in force. */
export async function keysInForce(pool: Pool): Promise<StoredKey[]> {
  const { rows } = await pool.query<StoredKey>(
    'select id, name, scope, hash from api_keys where revoked_at is null',
  );
  return rows;
}

/** Ends a key; one that has ended keeps the time it did. Null where there is no such key. */
export async function revokeApiKey(db: Db, id: string): Promise<ApiKeyRow | null> {
  const { rows } = await db.query<ApiKeyRow>(
    `update api_keys k set revoked_at = coalesce(k.revoked_at, now()) where k.id = $1 returning ${columns}`,
    [id],
  );
  return rows[0] ?? null;
}

/** Notes that a key is used; of several processes that do so within a minute, only the first writes. */
export async function noteApiKeyUsed(pool: Pool, id: string): Promise<void> {
  await pool.query(
    `update api_keys set last_used_at = now()
     where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
    [id],
  );
}
