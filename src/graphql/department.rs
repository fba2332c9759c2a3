//! Departments and categories in the schema: what can be collected.

use async_graphql::{ID, SimpleObject};

use crate::{app::App, collection, sources};

/// A department of the marketplace whose best sellers are read.
#[derive(Clone, Debug, SimpleObject)]
pub struct Department {
    /// Its id.
    id: ID,
    /// Its name.
    name: String,
    /// Its categories.
    categories: Vec<Category>,
}

/// A category whose best sellers can be collected.
#[derive(Clone, Debug, SimpleObject)]
pub struct Category {
    /// Its id, as presets and runs name it.
    id: ID,
    /// Its name; its id when it is no longer among the departments.
    name: String,
}

impl From<&sources::Department> for Department {
    fn from(department: &sources::Department) -> Self {
        let category =
            |category: &sources::Category| Category { id: category.id.clone().into(), name: category.name.clone() };
        Self {
            id: department.id.clone().into(),
            name: department.name.clone(),
            categories: department.categories.iter().map(category).collect(),
        }
    }
}

impl Category {
    /// The category of an id, whether or not it is still there.
    pub(super) fn of(app: &App, id: &str) -> Self {
        Self { id: id.into(), name: collection::category_name(app, id) }
    }
}
