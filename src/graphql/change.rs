//! What mutations have in common: inputs that name one thing, and payloads. Refusals are in `user_error.rs`.
//!
//! Macros rather than generic types, which would have no descriptions of their own in the schema.

/// Defines the input of a mutation that names one thing and says no more.
macro_rules! names_one {
    ($input:ident, $kind:ident, $doc:literal, $id_doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, async_graphql::InputObject)]
        pub struct $input {
            #[doc = $id_doc]
            id: async_graphql::ID,
        }

        impl $input {
            pub(super) fn id(&self) -> crate::error::Result<uuid::Uuid> {
                crate::id::IdKind::$kind.read(&self.id)
            }
        }
    };
}

/// Defines the payload of a mutation: what was changed, made from what the operation answers, or why it was not.
macro_rules! payload {
    ($payload:ident, $error:ident, $doc:literal, $field:ident: $object:ident, $object_doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, async_graphql::SimpleObject)]
        pub struct $payload {
            #[doc = $object_doc]
            $field: Option<$object>,
            /// Why nothing was done; empty when it was.
            user_errors: Vec<$error>,
        }

        impl $payload {
            pub(super) fn of<T: Into<$object>>(outcome: crate::error::Result<T>) -> crate::error::Result<Self> {
                match outcome {
                    Ok(changed) => Ok(Self { $field: Some(changed.into()), user_errors: Vec::new() }),
                    Err(error) => Ok(Self { $field: None, user_errors: vec![$error::of(error)?] }),
                }
            }
        }
    };
}

pub(super) use {names_one, payload};
