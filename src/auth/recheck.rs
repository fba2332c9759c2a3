//! Whether those who are connected still may be: one look at the database for all of them.
//!
//! What a reader would get wrong: the signature of a JWT is not checked again, only its times; a key withdrawn by its
//! issuer ends no session, its token's expiry does.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use entity::{api_token, member};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{
    bearer::{Proof, Row, actor, check_token, persons},
    jwt::{check_times, invalid},
    session::{Ending, Entry, State},
};
use crate::{
    app::App,
    error::{Context, Error, Result},
};

/// Values one statement asks for; both databases take many more.
const AT_A_TIME: usize = 1000;

#[derive(FromQueryResult)]
struct Token {
    token_hash: Vec<u8>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

/// What became of each of `open`, in their order.
pub(super) async fn recheck(app: &App, open: &[Arc<Entry>]) -> Result<Vec<State>> {
    let tokens = tokens(app, open).await?;
    let actors = actors(app, open).await?;
    let now = app.clock.now();
    let is_proven = |proof: &Proof| match proof {
        Proof::Token(hash) => {
            let token = tokens.get(hash).ok_or_else(invalid)?;
            check_token(token.expires_at, token.revoked_at, now)
        }
        Proof::Jwt(claims) => check_times(claims, now),
    };
    let state = |entry: &Arc<Entry>| match (is_proven(&entry.proof), actors.get(&entry.member_id)) {
        (Ok(()), Some(state)) => state.clone(),
        (Ok(()), None) => ended(&invalid()),
        (Err(error), _) => ended(&error),
    };
    Ok(open.iter().map(state).collect())
}

async fn tokens(app: &App, open: &[Arc<Entry>]) -> Result<HashMap<Vec<u8>, Token>> {
    let hash = |entry: &Arc<Entry>| match &entry.proof {
        Proof::Token(hash) => Some(hash.clone()),
        Proof::Jwt(_) => None,
    };
    let hashes: Vec<Vec<u8>> = open.iter().filter_map(hash).collect();
    let mut found = HashMap::with_capacity(hashes.len());
    for hashes in hashes.chunks(AT_A_TIME) {
        let tokens = api_token::Entity::find()
            .select_only()
            .columns([api_token::Column::TokenHash, api_token::Column::ExpiresAt, api_token::Column::RevokedAt])
            .filter(api_token::Column::TokenHash.is_in(hashes.iter().cloned()))
            .into_model::<Token>()
            .all(app.db.read())
            .await
            .doing("looking at the tokens of sessions")?;
        found.extend(tokens.into_iter().map(|token| (token.token_hash.clone(), token)));
    }
    Ok(found)
}

async fn actors(app: &App, open: &[Arc<Entry>]) -> Result<HashMap<Uuid, State>> {
    let mut ids: Vec<Uuid> = open.iter().map(|entry| entry.member_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut members: HashMap<Uuid, Vec<Row>> = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(AT_A_TIME) {
        let rows = persons()
            .filter(member::Column::Id.is_in(ids.iter().copied()))
            .into_model::<Row>()
            .all(app.db.read())
            .await
            .doing("looking at the members of sessions")?;
        for row in rows {
            members.entry(row.member_id).or_default().push(row);
        }
    }
    let state = |rows| actor(rows).map_or_else(|error| ended(&error), |actor| State::Open(Arc::new(actor)));
    Ok(members.into_iter().map(|(id, rows)| (id, state(rows))).collect())
}

fn ended(error: &Error) -> State {
    State::Ended(match error {
        Error::Unauthenticated { code, message } => Ending::Refused { code, message },
        _ => Ending::Suspended,
    })
}
