//! What can be collected: departments and their categories, built in or from a file.
//!
//! Not here: which of them an organisation chose (presets, in `collection`). What a reader would get wrong: runs keep the
//! ids of their categories; a category that a file no longer has can be shown no more than by its id.

use std::{collections::HashMap, path::Path};

use serde::Deserialize;

use crate::error::{Error, Result};

/// The categories of the product: 15 departments of 5.
const BUILT_IN: &[u8] = include_bytes!("../../assets/categories.csv");

/// One category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Amazon's number of it, the browse node.
    pub node: String,
    /// The id of its department.
    pub department_id: String,
}

/// One department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Amazon's number of it, the browse node.
    pub node: String,
    /// Its categories, in the order of the file.
    pub categories: Vec<Category>,
}

/// All departments, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Categories {
    departments: Vec<Department>,
    places: HashMap<String, (usize, usize)>,
}

/// A line of the file.
#[derive(Debug, Deserialize)]
struct Line {
    department_id: String,
    department: String,
    department_node: String,
    category_id: String,
    category: String,
    category_node: String,
}

impl Categories {
    /// Reads a file, or what is built in.
    ///
    /// # Errors
    /// `CONFIG`, saying what is wrong with the file.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        let Some(file) = file else { return Self::read(BUILT_IN) };
        let bytes = std::fs::read(file).map_err(|error| refused(&format!("cannot be read ({})", error.kind())))?;
        Self::read(&bytes)
    }

    /// The departments, in the order of the file.
    #[must_use]
    pub fn departments(&self) -> &[Department] {
        &self.departments
    }

    /// All categories, in the order of the file.
    pub fn all(&self) -> impl Iterator<Item = &Category> {
        self.departments.iter().flat_map(|department| &department.categories)
    }

    /// The category with this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Category> {
        let (department, category) = *self.places.get(id)?;
        self.departments.get(department)?.categories.get(category)
    }

    fn read(bytes: &[u8]) -> Result<Self> {
        let mut categories = Self::default();
        let mut reader = csv::Reader::from_reader(bytes);
        for line in reader.deserialize() {
            let line: Line = line.map_err(|error| refused(&error.to_string()))?;
            categories.add(line)?;
        }
        if categories.departments.is_empty() { Err(refused("has no categories")) } else { Ok(categories) }
    }

    fn add(&mut self, line: Line) -> Result<()> {
        if [&line.department_id, &line.department, &line.category_id, &line.category].iter().any(|text| text.is_empty())
        {
            return Err(refused("has a line without an id or a name"));
        }
        let known = self.departments.iter().position(|department| department.id == line.department_id);
        let place = known.unwrap_or_else(|| {
            self.departments.push(Department {
                id: line.department_id.clone(),
                name: line.department,
                node: line.department_node,
                categories: Vec::new(),
            });
            self.departments.len() - 1
        });
        let Some(department) = self.departments.get_mut(place) else { return Ok(()) };
        let at = (place, department.categories.len());
        if self.places.insert(line.category_id.clone(), at).is_some() {
            return Err(refused(&format!("has the category `{}` twice", line.category_id)));
        }
        department.categories.push(Category {
            id: line.category_id,
            name: line.category,
            node: line.category_node,
            department_id: line.department_id,
        });
        Ok(())
    }
}

fn refused(what: &str) -> Error {
    Error::bad_input("CONFIG", format!("the file of categories {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_fifteen_departments_of_five_categories() {
        let categories = Categories::load(None).unwrap();
        let sizes: Vec<usize> = categories.departments().iter().map(|department| department.categories.len()).collect();
        assert_eq!(sizes, [5; 15]);
        assert_eq!(categories.find("appliances-cooktops").unwrap().name, "Cooktops");
        assert!(categories.all().all(|category| categories.find(&category.id) == Some(category)));
    }

    #[test]
    fn a_file_with_a_category_twice_is_refused() {
        let twice = "department_id,department,department_node,category_id,category,category_node\n\
            a,A,1,b,B,2\na,A,1,b,B,2\n";
        assert_eq!(Categories::read(twice.as_bytes()).unwrap_err().code(), "CONFIG");
    }
}
