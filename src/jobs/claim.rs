//! The claim: one statement that picks the next job, gives it a place and a lease.
//!
//! The next is of the organisation with the fewest jobs running, then of the one whose last turn is longest ago, then the
//! oldest; each lane for itself. What a reader would get wrong: the statement alone does not keep an organisation to its places on PostgreSQL,
//! where two claims at one moment can choose the same place; the index `job_slot` lets one of them pass, and the other
//! claims again.

use entity::job;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement, Value};

use super::{Lane, Lease};
use crate::{
    app::App,
    db::Transaction,
    error::{Error, Result},
};

/// Long jobs of an organisation that run at the same time. How many there may be its settings say, never more than this.
const LONG_PLACES: i32 = 20;
/// What one organisation sends out at the same time. Few: its receiver may stall each of them for as long as it is let.
const POST_PLACES: i32 = 3;

/// Code of a claim that chose the place another claim has taken.
const PLACE_TAKEN: &str = "JOB_PLACE_TAKEN";

/// `$1` is now, `$2` how many jobs of an organisation may run, `$3` the end of the lease.
///
/// `waiting` steps through the index from one organisation to the next instead of reading all that waits.
const TURNS: &str = "
WITH RECURSIVE waiting (org_id) AS (
    SELECT org_id FROM (SELECT org_id FROM job WHERE state = 'PENDING' ORDER BY org_id LIMIT 1) AS first_of_all
    UNION ALL
    SELECT (SELECT job.org_id FROM job WHERE job.state = 'PENDING' AND job.org_id > waiting.org_id
            ORDER BY job.org_id LIMIT 1)
    FROM waiting WHERE waiting.org_id IS NOT NULL
),
turn AS (
    SELECT waiting.org_id,
        (SELECT count(*) FROM job WHERE job.org_id = waiting.org_id AND job.state = 'RUNNING' AND job.kind IN ({kinds}))
            AS running,
        (SELECT job.claimed_at FROM job WHERE job.org_id = waiting.org_id AND job.claimed_at IS NOT NULL
            ORDER BY job.claimed_at DESC LIMIT 1) AS last_turn,
        (SELECT min(next.slot) FROM (
            SELECT {first} AS slot UNION ALL
            SELECT job.slot + 1 FROM job WHERE job.org_id = waiting.org_id AND job.state = 'RUNNING'
                AND job.kind IN ({kinds})
        ) AS next WHERE NOT EXISTS (
            SELECT 1 FROM job WHERE job.org_id = waiting.org_id AND job.state = 'RUNNING' AND job.slot = next.slot
        )) AS free_slot
    FROM waiting WHERE waiting.org_id IS NOT NULL
)";

/// PostgreSQL: others claim at the same moment, so each organisation stands with as many jobs as can be taken of it, and
/// those that others are taking are skipped. A row that was taken in between is left by its state.
const PICK_POSTGRES: &str = ",
pick AS (
    SELECT job.id AS picked, turn.free_slot
    FROM turn
    CROSS JOIN LATERAL (
        SELECT id, run_at FROM job AS own
        WHERE own.org_id = turn.org_id AND own.state = 'PENDING' AND own.run_at <= $1 AND own.kind IN ({kinds})
        ORDER BY run_at, id LIMIT $2
    ) AS ahead
    JOIN job ON job.id = ahead.id AND job.state = 'PENDING'
    WHERE turn.running < $2 AND turn.free_slot < {first} + $2
    ORDER BY turn.running, turn.last_turn NULLS FIRST, ahead.run_at, ahead.id
    LIMIT 1
    FOR UPDATE OF job SKIP LOCKED
)";

/// SQLite: one writes at a time, so the first job of each organisation is enough; there are no locks and no LATERAL.
const PICK_SQLITE: &str = ",
pick AS (
    SELECT job.id AS picked, turn.free_slot
    FROM turn
    JOIN job ON job.id = (
        SELECT id FROM job AS own
        WHERE own.org_id = turn.org_id AND own.state = 'PENDING' AND own.run_at <= $1 AND own.kind IN ({kinds})
        ORDER BY run_at, id LIMIT 1
    )
    WHERE turn.running < $2 AND turn.free_slot < {first} + $2
    ORDER BY turn.running, turn.last_turn NULLS FIRST, job.run_at, job.id
    LIMIT 1
)";

const TAKE: &str = "
UPDATE job SET state = 'RUNNING', attempts = attempts + 1, fence = fence + 1, slot = pick.free_slot,
    claimed_at = $1, lease_until = $3
FROM pick WHERE job.id = pick.picked
RETURNING id, org_id, kind, subject_id, state, attempts, fence, slot, run_at, claimed_at, lease_until,
    cancel_asked_at, created_at, finished_at";

/// Takes the next job of a lane, if there is one that may run now.
pub(super) async fn claim(app: &App, lane: Lane) -> Result<Option<Lease>> {
    loop {
        let now = app.clock.now();
        let places = match lane {
            Lane::Short => i32::try_from(app.config.jobs_per_organisation).unwrap_or(i32::MAX),
            Lane::Long => LONG_PLACES,
            Lane::Post => POST_PLACES,
        };
        let until = now + app.config.job_lease();
        let values = [now.into(), places.into(), until.into()];
        let claimed = app.db.write(move |tx| Box::pin(take(tx, lane, values))).await;
        match claimed {
            // Somebody else got on, so this ends.
            Err(Error::Conflict { code: PLACE_TAKEN, .. }) => {}
            claimed => return claimed?.map(|row| Lease::of(&row, app.clock.clone())).transpose(),
        }
    }
}

async fn take(tx: &Transaction, lane: Lane, values: [Value; 3]) -> Result<Option<job::Model>> {
    let backend = tx.get_database_backend();
    let pick = if backend == DbBackend::Postgres { PICK_POSTGRES } else { PICK_SQLITE };
    let sql = [TURNS, pick, TAKE].concat();
    let sql = sql.replace("{kinds}", &lane.kinds_in_sql()).replace("{first}", &lane.first_place().to_string());
    let claimed = job::Entity::find().from_raw_sql(Statement::from_sql_and_values(backend, sql, values)).one(tx).await;
    let taken = || Error::conflict(PLACE_TAKEN, "another claim took the place");
    claimed.map_err(|error| Error::of_write("claiming a job", error, taken))
}
