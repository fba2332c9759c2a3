//! What can be done to presets: inputs, payloads and refusals of their mutations.

use async_graphql::{ID, InputObject};
use uuid::Uuid;

use super::{
    change::{names_one, payload},
    preset::{Preset, SearchSettingsInput},
    user_error::user_error,
};
use crate::{
    collection::{NewPreset, PresetChange},
    error::{Error, Result},
    id::IdKind,
    sources::SearchSettings,
};

/// What to make.
#[derive(Debug, InputObject)]
pub struct CreatePresetInput {
    /// Its name, at most 200 characters; unique whatever its case.
    name: String,
    /// Ids of categories, at least one, each once. See `departments`.
    category_ids: Vec<ID>,
    /// What listings to search for; as usual when absent.
    search: Option<SearchSettingsInput>,
}

impl TryFrom<CreatePresetInput> for NewPreset {
    type Error = Error;

    fn try_from(input: CreatePresetInput) -> Result<Self> {
        Ok(Self {
            name: input.name,
            category_ids: texts(input.category_ids),
            search: search(input.search)?.unwrap_or_default(),
        })
    }
}

/// What to change. What is absent stays as it is.
#[derive(Debug, InputObject)]
pub struct UpdatePresetInput {
    /// The preset's id.
    id: ID,
    /// Another name, at most 200 characters; unique whatever its case.
    name: Option<String>,
    /// Ids of categories, in place of all it had; at least one, each once.
    category_ids: Option<Vec<ID>>,
    /// What listings to search for, in place of all settings it had.
    search: Option<SearchSettingsInput>,
}

impl UpdatePresetInput {
    pub(super) fn id(&self) -> Result<Uuid> {
        IdKind::Preset.read(&self.id)
    }
}

impl TryFrom<UpdatePresetInput> for PresetChange {
    type Error = Error;

    fn try_from(input: UpdatePresetInput) -> Result<Self> {
        Ok(Self { name: input.name, category_ids: input.category_ids.map(texts), search: search(input.search)? })
    }
}

names_one!(DeletePresetInput, Preset, "Which preset to delete.", "The preset's id.");

fn search(input: Option<SearchSettingsInput>) -> Result<Option<SearchSettings>> {
    input.map(TryInto::try_into).transpose()
}

/// Ids of categories are texts of their own.
pub(super) fn texts(ids: Vec<ID>) -> Vec<String> {
    ids.into_iter().map(|id| id.0).collect()
}

user_error!(
    /// Why a preset was not made.
    CreatePresetError,
    /// Refusals of `createPreset`.
    CreatePresetErrorCode {
        /// The name is empty, too long or holds a NUL.
        InvalidText = "INVALID_TEXT" at Some(&["name"]),
        /// There is a preset of that name, whatever its case.
        PresetNameTaken = "PRESET_NAME_TAKEN" at Some(&["name"]),
        /// No category is named.
        NothingToCollect = "NOTHING_TO_COLLECT" at Some(&["categoryIds"]),
        /// There is no such category.
        UnknownCategory = "UNKNOWN_CATEGORY" at Some(&["categoryIds"]),
        /// A category is named twice.
        DuplicateCategory = "DUPLICATE_CATEGORY" at Some(&["categoryIds"]),
        /// The search settings find nothing, or no marketplace takes them.
        InvalidSearch = "INVALID_SEARCH" at Some(&["search"]),
    }
);

user_error!(
    /// Why a preset was not changed.
    UpdatePresetError,
    /// Refusals of `updatePreset`.
    UpdatePresetErrorCode {
        /// The preset is built in.
        PresetBuiltin = "PRESET_BUILTIN" at Some(&["id"]),
        /// The name is empty, too long or holds a NUL.
        InvalidText = "INVALID_TEXT" at Some(&["name"]),
        /// There is a preset of that name, whatever its case.
        PresetNameTaken = "PRESET_NAME_TAKEN" at Some(&["name"]),
        /// No category is named.
        NothingToCollect = "NOTHING_TO_COLLECT" at Some(&["categoryIds"]),
        /// There is no such category.
        UnknownCategory = "UNKNOWN_CATEGORY" at Some(&["categoryIds"]),
        /// A category is named twice.
        DuplicateCategory = "DUPLICATE_CATEGORY" at Some(&["categoryIds"]),
        /// The search settings find nothing, or no marketplace takes them.
        InvalidSearch = "INVALID_SEARCH" at Some(&["search"]),
    }
);

user_error!(
    /// Why a preset was not deleted.
    DeletePresetError,
    /// Refusals of `deletePreset`.
    DeletePresetErrorCode {
        /// The preset is built in.
        PresetBuiltin = "PRESET_BUILTIN" at Some(&["id"]),
    }
);

payload!(
    CreatePresetPayload,
    CreatePresetError,
    "What `createPreset` did.",
    preset: Preset,
    "The new preset; null when it was refused."
);
payload!(
    UpdatePresetPayload,
    UpdatePresetError,
    "What `updatePreset` did.",
    preset: Preset,
    "The preset as it is now; null when it was refused."
);
payload!(
    DeletePresetPayload,
    DeletePresetError,
    "What `deletePreset` did.",
    preset: Preset,
    "The preset as it was; null when it was refused."
);
