//! Moments in the history of sellers, as clients name them.

use async_graphql::{ID, InputObject};

use super::{scalar::DateTime, seller::SellerFilterInput};
use crate::{
    error::{Error, Result},
    id::IdKind,
    sellers::{SellerFilter, SellerMoment},
};

/// A moment in the history of the sellers. Exactly one of its fields is given.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "SellerMoment")]
pub struct SellerMomentInput {
    /// A time; what happened at it has happened.
    at: Option<DateTime>,
    /// The end of this collection run, however it ended. One that goes on is refused: `RUN_NOT_ENDED`.
    run_id: Option<ID>,
    /// Whenever it is asked about; false counts as absent.
    now: Option<bool>,
}

impl TryFrom<SellerMomentInput> for SellerMoment {
    type Error = Error;

    fn try_from(input: SellerMomentInput) -> Result<Self> {
        match (input.at, input.run_id, input.now.unwrap_or_default()) {
            (Some(at), None, false) => Ok(Self::At(at.0)),
            (None, Some(id), false) => Ok(Self::Run(IdKind::Run.read(&id)?)),
            (None, None, true) => Ok(Self::Now),
            _ => Err(Error::bad_input("INVALID_MOMENT", "give exactly one of `at`, `runId` and `now`")),
        }
    }
}

/// Which sellers a list is of: its filter, as of the moment that the list or the filter names.
pub fn filter_as_of(filter: Option<SellerFilterInput>, as_of: Option<SellerMomentInput>) -> Result<SellerFilter> {
    let mut filter: SellerFilter = filter.map(TryInto::try_into).transpose()?.unwrap_or_default();
    let as_of = as_of.map(SellerMoment::try_from).transpose()?;
    if filter.as_of.zip(as_of).is_some_and(|(filter, list)| filter != list) {
        let message = "`asOf` of the list and of its filter are different moments; give one of them";
        return Err(Error::bad_input("INVALID_MOMENT", message));
    }
    filter.as_of = as_of.or(filter.as_of);
    Ok(filter)
}
