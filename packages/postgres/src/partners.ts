import { type Db, type Pool, transaction } from './pool.js';

/** Whoever owns subscriptions. */
export interface PartnerRow {
  id: string;
  name: string;
  created_at: Date;
  updated_at: Date;
}

const columns = 'p.id, p.name, p.created_at, p.updated_at';

/** Adds a partner. */
export async function addPartner(db: Db, partner: Pick<PartnerRow, 'id' | 'name'>): Promise<PartnerRow> {
  const { rows } = await db.query<PartnerRow>(
    `insert into partners as p (id, name) values ($1, $2) returning ${columns}`,
    [partner.id, partner.name],
  );
  return rows[0] as PartnerRow;
}

/** The newest partners; `before` is the id the page before ended with. */
export async function newestPartners(
  pool: Pool,
  limit: number,
  before: string | null,
): Promise<PartnerRow[]> {
  const { rows } = await pool.query<PartnerRow>(
    `select ${columns} from partners p where $2::uuid is null or p.id < $2 order by p.id desc limit $1`,
    [limit, before],
  );
  return rows;
}

/** One partner; null where there is none. */
export async function findPartner(db: Db, id: string): Promise<PartnerRow | null> {
  const { rows } = await db.query<PartnerRow>(`select ${columns} from partners p where p.id = $1`, [id]);
  return rows[0] ?? null;
}

/** Gives a partner another name; null where there is no such partner. */
export async function renamePartner(db: Db, id: string, name: string): Promise<PartnerRow | null> {
  const { rows } = await db.query<PartnerRow>(
    `update partners p set name = $2, updated_at = now() where p.id = $1 returning ${columns}`,
    [id, name],
  );
  return rows[0] ?? null;
}

/** Forgets a partner, unless they have subscriptions. */
export function removePartner(
  db: Db,
  id: string,
): Promise<'removed' | 'unknown-partner' | 'has-subscriptions'> {
  return transaction(db, async (client) => {
    // Locked first: a subscription that is being added for them is waited for, and then seen.
    const { rowCount } = await client.query('select from partners where id = $1 for update', [id]);
    if (rowCount === 0) return 'unknown-partner';
    const removed = await client.query(
      'delete from partners where id = $1 and not exists (select from subscriptions where partner_id = $1)',
      [id],
    );
    return removed.rowCount === 1 ? 'removed' : 'has-subscriptions';
  });
}
