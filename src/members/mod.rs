//! Members: who belongs to an organisation, with which role, keys and accounts; access profiles and API tokens.
//!
//! Not here: what the keys mean and what makes a token good (`auth`). What a reader would get wrong: a member is one person in
//! one organisation; the same person elsewhere is another member with the same user id. Whoever changes members holds their
//! organisation first, so that its last admin stays one whoever comes at the same moment.

mod access;
mod add;
mod change;
mod list;
mod profile_change;
mod profiles;
mod tokens;

pub use access::{accounts, count_accounts};
pub use add::{AddMemberError, Invitation, NewMember, add, invite};
pub use change::{MemberChange, update};
pub use entity::member::MemberStatus;
pub use list::{Member, MemberFilter, count, find_by_email, find_many, get_by_email, list};
pub use profile_change::{AccessProfileChange, NewAccessProfile, create_profile, delete_profile, update_profile};
pub use profiles::{AccessProfile, count_profiles, find_profiles, list_profiles, profiles};
pub use tokens::{
    ApiToken, NewApiToken, TokenFilter, count_tokens, count_tokens_of, create_token, create_token_for, find_tokens,
    list_tokens, revoke_token, tokens,
};
