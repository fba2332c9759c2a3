//! API tokens: random, shown once, stored as a hash.
//!
//! SHA-256 is enough and fast: a token has 256 bits of its own, so there is nothing to guess that a slow hash would
//! protect (argon2 is for passwords, which people choose).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use entity::api_token;
use rand::{TryRngCore, rngs::OsRng};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::{Context, Error, Result};

/// What every API token begins with, so that secret scanners and people recognise one.
pub const TOKEN_PREFIX: &str = "sb_";
/// Characters kept to recognise a token by: the prefix and 48 bits, far too few to guess the rest from.
const SHOWN_LEN: usize = 11;

/// A token just made: the only time it is whole.
pub struct NewToken {
    /// The whole token. Not stored anywhere.
    pub secret: String,
    /// What is stored.
    pub row: api_token::Model,
}

impl std::fmt::Debug for NewToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewToken").field("id", &self.row.id).finish_non_exhaustive()
    }
}

/// Makes a token that acts as `member_id`.
///
/// # Errors
/// The database's own failure, or a system without randomness.
pub async fn create_token(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    org_id: Uuid,
    member_id: Uuid,
    expires_at: Option<DateTime<Utc>>,
) -> Result<NewToken> {
    let mut random = [0_u8; 32];
    OsRng.try_fill_bytes(&mut random).map_err(|error| Error::caused("asking the system for randomness", error))?;
    let secret = format!("{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
    let row = api_token::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(org_id),
        member_id: Set(member_id),
        token_hash: Set(hash(&secret)),
        prefix: Set(secret.chars().take(SHOWN_LEN).collect()),
        created_at: Set(now),
        expires_at: Set(expires_at),
        revoked_at: Set(None),
    };
    let row = row.insert(tx).await.doing("storing a token")?;
    Ok(NewToken { secret, row })
}

/// What a token is looked up by.
pub fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
