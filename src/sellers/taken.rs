//! Whose place is taken: deleted sellers that cannot be restored because another one is what they were.
//!
//! Not here: the rule itself, which is two indexes of the table; this says whom they would refuse. What a reader would get
//! wrong: two deleted sellers may be in each other's way, without any that lives.

use entity::seller;
use sea_orm::{
    ColumnTrait, ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};
use uuid::Uuid;

use super::change::among;
use crate::{
    auth::Scope,
    db::Transaction,
    error::{Context, Error, Result},
};

/// Names that a refusal lists.
const LISTED: usize = 5;

/// Refuses to restore sellers whose place somebody else has: one that lives, or another of them.
pub(super) async fn refuse_taken(tx: &Transaction, scope: &Scope, ids: &[Uuid]) -> Result<()> {
    let mut taken: Vec<String> = Vec::new();
    for key in [Key::PlatformId, Key::Name] {
        for names in [key.of_the_living(tx, scope, ids), key.of_each_other(tx, scope, ids)] {
            let names = tx.query_all(&names).await.doing("looking for sellers in the way")?;
            for name in names {
                taken.push(name.try_get_by_index(0).doing("reading sellers in the way")?);
            }
        }
    }
    if taken.is_empty() {
        return Ok(());
    }
    let rest = if taken.len() > LISTED { " and others" } else { "" };
    let names: Vec<String> = taken.iter().take(LISTED).map(|name| shown(name)).collect();
    let message = format!("nothing was restored: there are other sellers in the place of {}{rest}", names.join(", "));
    Err(Error::Conflict { code: "SELLER_EXISTS", message })
}

/// A name within a sentence.
fn shown(name: &str) -> String {
    const LONGEST: usize = 60;
    let start: String = name.chars().take(LONGEST).collect();
    format!("\u{201c}{start}{}\u{201d}", if start.len() < name.len() { "…" } else { "" })
}

/// What one live seller at a time may have: a platform id, or, of those who have none, a name.
#[derive(Clone, Copy)]
enum Key {
    PlatformId,
    Name,
}

impl Key {
    /// Display names of deleted sellers whose key a live one has.
    fn of_the_living(self, tx: &Transaction, scope: &Scope, ids: &[Uuid]) -> SelectStatement {
        use seller::Column as C;
        const OTHER: &str = "other";
        let (other, own) = (|column| Expr::col((OTHER, column)), |column| Expr::col((seller::Entity, column)));
        let mut living = Query::select();
        living
            .expr(Expr::value(1))
            .from_as(seller::Entity, OTHER)
            .and_where(other(C::OrgId).eq(scope.org_id()))
            .and_where(other(C::Platform).equals((seller::Entity, C::Platform)))
            .and_where(other(self.column()).equals((seller::Entity, self.column())))
            .and_where(other(C::DeletedAt).is_null())
            // Spelled as in the index, or it would not be used.
            .and_where(self.has_it(other(C::PlatformId)));
        self.deleted(tx, scope, ids)
            .column(C::DisplayName)
            .and_where(self.has_it(own(C::PlatformId)))
            .and_where(Expr::exists(living))
            .limit(LISTED as u64 + 1)
            .to_owned()
    }

    /// Display names of deleted sellers of which several have the same key; one for each key.
    fn of_each_other(self, tx: &Transaction, scope: &Scope, ids: &[Uuid]) -> SelectStatement {
        use seller::Column as C;
        self.deleted(tx, scope, ids)
            .expr(Expr::col((seller::Entity, C::DisplayName)).min())
            .and_where(self.has_it(Expr::col((seller::Entity, C::PlatformId))))
            .group_by_columns([C::Platform, self.column()])
            .and_having(Expr::col((seller::Entity, C::Id)).count().gt(1))
            .limit(LISTED as u64 + 1)
            .to_owned()
    }

    fn deleted(self, tx: &Transaction, scope: &Scope, ids: &[Uuid]) -> SelectStatement {
        Query::select()
            .from(seller::Entity)
            .and_where(seller::Column::OrgId.eq(scope.org_id()))
            .and_where(seller::Column::DeletedAt.is_not_null())
            .and_where(among(tx.get_database_backend(), ids))
            .to_owned()
    }

    fn column(self) -> seller::Column {
        match self {
            Self::PlatformId => seller::Column::PlatformId,
            Self::Name => seller::Column::NameHash,
        }
    }

    fn has_it(self, platform_id: Expr) -> Expr {
        match self {
            Self::PlatformId => platform_id.is_not_null(),
            Self::Name => platform_id.is_null(),
        }
    }
}
