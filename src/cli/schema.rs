//! `sellerbook schema`: prints the GraphQL schema, as `schema.graphql` holds it.

use super::{failure::Failure, say};
use crate::graphql;

pub(super) fn run() -> Result<(), Failure> {
    say(graphql::sdl().trim_end())
}
