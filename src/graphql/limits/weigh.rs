//! Weighs a parsed document: how much it is once every fragment is in its place, and what answering it costs.
//!
//! A fragment is weighed once and remembered, so the work grows with the text and not with the expansion. Counts
//! saturate. What a reader would get wrong: `nodes` and `edges` are multiplied by the page size of the field around
//! them, which a fragment does not know; hence a weight has a part for each item and a part that is fixed.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Positioned, ServerError, Variables,
    parser::types::{
        Directive, ExecutableDocument, Field, FragmentSpread, InlineFragment, OperationDefinition, Selection,
        SelectionSet,
    },
};

use super::{too_large, values::Values};

/// Selections after every fragment is in its place. Reading the whole schema takes about 200.
pub const MAX_SELECTIONS: u64 = 5_000;
/// Levels of fields. Reading the whole schema takes 15.
pub const MAX_DEPTH: u64 = 16;
/// Levels of any kind, fragments included; this walk and the library's recurse so deep.
pub const MAX_STEPS: usize = 48;
/// Renamed fields: the usual way to ask the same expensive thing many times.
pub const MAX_ALIASES: u64 = 100;
/// Directives in all, and on one selection.
pub const MAX_DIRECTIVES: u64 = 50;
const MAX_DIRECTIVES_EACH: usize = 8;
/// Fields of the root, each a query or a change of its own.
pub const MAX_ROOT_FIELDS: u64 = 50;
/// Operations in one document, of which one runs and all are validated.
pub const MAX_OPERATIONS: usize = 100;
/// Fields answered, by the page sizes asked for: two full pages within one another are too many, 100 × 25 are not.
pub const MAX_COST: u64 = 30_000;

/// Sellers of a list without pages, as a mutation or a message has it. It may have more: those who are named are as many as
/// they are, and whoever selects much of each is the one who named them.
const LISTED_SELLERS: u64 = 100;

/// A field about the schema costs this fraction of one about data: it is in memory.
const SCHEMA_DISCOUNT: u64 = 4;

/// What a selection set comes to.
#[derive(Clone, Copy, Debug, Default)]
struct Weight {
    selections: u64,
    depth: u64,
    /// Levels of any kind below this one.
    steps: usize,
    aliases: u64,
    directives: u64,
    /// Fields at the top level, fragments in their place.
    top_fields: u64,
    /// Cost that does not depend on the page size of the field around.
    fixed: u64,
    /// Cost for each item of the page of the field around.
    per_item: u64,
    /// Bytes of variables that resolving arguments copies.
    copied: u64,
}

impl Weight {
    fn add(&mut self, other: &Self) {
        self.selections = self.selections.saturating_add(other.selections);
        self.depth = self.depth.max(other.depth);
        self.steps = self.steps.max(other.steps);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.top_fields = self.top_fields.saturating_add(other.top_fields);
        self.fixed = self.fixed.saturating_add(other.fixed);
        self.per_item = self.per_item.saturating_add(other.per_item);
        self.copied = self.copied.saturating_add(other.copied);
    }

    /// The cost when the field around answers `page` items.
    fn cost(&self, page: u64) -> u64 {
        self.fixed.saturating_add(self.per_item.saturating_mul(page))
    }
}

/// Refuses a document that is too much. `selected` is the operation that will run: only its cost counts.
pub fn weigh(
    document: &ExecutableDocument,
    selected: Option<&OperationDefinition>,
    variables: &Variables,
) -> Result<(), ServerError> {
    if document.operations.iter().len() > MAX_OPERATIONS {
        return Err(too_large(
            "TOO_MANY_OPERATIONS",
            format!("the document holds more than {MAX_OPERATIONS} operations"),
        ));
    }
    let values = Values::new(document, selected, variables)?;
    let mut walk = Walk { document, values, known: HashMap::new(), open: HashSet::new() };
    // Fragments nobody spreads are validated too.
    for name in document.fragments.keys() {
        let weight = walk.fragment(name, 0)?;
        check_shape(&weight)?;
    }
    let mut all = Weight::default();
    for (_, operation) in document.operations.iter() {
        let operation = &operation.node;
        let mut weight = walk.selection_set(&operation.selection_set.node, 0, false)?;
        weight.directives = weight.directives.saturating_add(walk.directives(&operation.directives, &mut 0)?);
        if selected.is_some_and(|selected| std::ptr::eq(selected, operation)) {
            check_cost(&weight)?;
        }
        all.add(&weight);
        check_shape(&all)?;
        walk.values.check_copied(all.copied)?;
    }
    Ok(())
}

/// What validation pays for, whichever operation runs.
fn check_shape(weight: &Weight) -> Result<(), ServerError> {
    if weight.selections > MAX_SELECTIONS {
        let message = format!("the query selects more than {MAX_SELECTIONS} fields once its fragments are expanded");
        return Err(too_large("QUERY_TOO_LARGE", message));
    }
    if weight.depth > MAX_DEPTH {
        return Err(too_large(
            "QUERY_TOO_DEEP",
            format!("the query is {} fields deep; at most {MAX_DEPTH}", weight.depth),
        ));
    }
    if weight.directives > MAX_DIRECTIVES {
        return Err(too_many_directives(format!(
            "the query has {} directives; at most {MAX_DIRECTIVES}",
            weight.directives
        )));
    }
    Ok(())
}

/// What execution pays for.
fn check_cost(weight: &Weight) -> Result<(), ServerError> {
    if weight.aliases > MAX_ALIASES {
        let message = format!("the query has {} aliases; at most {MAX_ALIASES}", weight.aliases);
        return Err(too_large("TOO_MANY_ALIASES", message));
    }
    if weight.top_fields > MAX_ROOT_FIELDS {
        let message = format!("the operation has {} root fields; at most {MAX_ROOT_FIELDS}", weight.top_fields);
        return Err(too_large("TOO_MANY_ROOT_FIELDS", message));
    }
    let cost = weight.cost(1);
    if cost > MAX_COST {
        let message = format!(
            "the query may answer {cost} fields, by the page sizes it asks for; at most {MAX_COST}: \
             ask for smaller pages or fewer levels"
        );
        return Err(too_large("QUERY_TOO_COMPLEX", message));
    }
    Ok(())
}

fn too_deep() -> ServerError {
    too_large("QUERY_TOO_DEEP", format!("the query nests fields and fragments deeper than {MAX_STEPS} levels"))
}

fn too_many_directives(message: String) -> ServerError {
    too_large("TOO_MANY_DIRECTIVES", message)
}

struct Walk<'doc> {
    document: &'doc ExecutableDocument,
    values: Values<'doc>,
    known: HashMap<&'doc str, Weight>,
    /// Fragments being weighed: to meet one of them again is a cycle.
    open: HashSet<&'doc str>,
}

impl<'doc> Walk<'doc> {
    /// `about_schema` inside `__schema` and `__type`, where other names are lists.
    fn selection_set(
        &mut self,
        set: &'doc SelectionSet,
        steps: usize,
        about_schema: bool,
    ) -> Result<Weight, ServerError> {
        if steps > MAX_STEPS {
            return Err(too_deep());
        }
        let mut sum = Weight::default();
        for selection in &set.items {
            let mut weight = match &selection.node {
                Selection::Field(field) => self.field(&field.node, steps, about_schema)?,
                Selection::FragmentSpread(spread) => self.spread(&spread.node, steps)?,
                Selection::InlineFragment(inline) => self.inline(&inline.node, steps, about_schema)?,
            };
            weight.steps += 1;
            weight.selections = weight.selections.saturating_add(1);
            sum.add(&weight);
        }
        Ok(sum)
    }

    fn field(&mut self, field: &'doc Field, steps: usize, about_schema: bool) -> Result<Weight, ServerError> {
        let name = field.name.node.as_str();
        let enters_schema = !about_schema && matches!(name, "__schema" | "__type");
        let inner = self.selection_set(&field.selection_set.node, steps + 1, about_schema || enters_schema)?;
        let mut copied = inner.copied;
        for (_, value) in &field.arguments {
            copied = copied.saturating_add(self.values.copied(&value.node)?);
        }
        let each = inner.cost(self.values.page_size(field)).saturating_add(1);
        let (fixed, per_item) = if about_schema {
            (each.saturating_mul(schema_list(name)), 0)
        } else if enters_schema {
            (each / SCHEMA_DISCOUNT, 0)
        } else if let Some(ids) = self.values.list_length(field, "ids") {
            (each.saturating_mul(ids.max(1)), 0)
        } else if name == "sightings" {
            // A list by itself: its own argument says how long.
            (inner.cost(1).saturating_mul(self.values.page_size(field)).saturating_add(1), 0)
        } else if matches!(name, "nextFireTimes" | "cronPreview") {
            // Each time is looked for in the calendar, minute by minute if need be.
            (each.saturating_mul(self.values.times(field)), 0)
        } else if matches!(name, "added" | "alreadyKnown" | "changed" | "sellers") && inner.per_item == 0 {
            // Of a mutation or a message, not a connection: a list without pages.
            (each.saturating_mul(LISTED_SELLERS), 0)
        } else if matches!(name, "nodes" | "edges") {
            (0, each)
        } else {
            (each.saturating_mul(plain_list(name)), 0)
        };
        Ok(Weight {
            directives: inner.directives.saturating_add(self.directives(&field.directives, &mut copied)?),
            aliases: inner.aliases.saturating_add(u64::from(field.alias.is_some())),
            depth: inner.depth + 1,
            top_fields: 1,
            fixed,
            per_item,
            copied,
            ..inner
        })
    }

    fn spread(&mut self, spread: &'doc FragmentSpread, steps: usize) -> Result<Weight, ServerError> {
        let mut weight = self.fragment(&spread.fragment_name.node, steps + 1)?;
        let directives = self.directives(&spread.directives, &mut weight.copied)?;
        weight.directives = weight.directives.saturating_add(directives);
        Ok(weight)
    }

    fn inline(
        &mut self,
        inline: &'doc InlineFragment,
        steps: usize,
        about_schema: bool,
    ) -> Result<Weight, ServerError> {
        let about_schema =
            inline.type_condition.as_ref().map_or(about_schema, |condition| is_of_schema(&condition.node.on.node));
        let mut weight = self.selection_set(&inline.selection_set.node, steps + 1, about_schema)?;
        let directives = self.directives(&inline.directives, &mut weight.copied)?;
        weight.directives = weight.directives.saturating_add(directives);
        Ok(weight)
    }

    /// The weight of a fragment; nothing when the document lacks it, which the library says.
    fn fragment(&mut self, name: &Name, steps: usize) -> Result<Weight, ServerError> {
        let Some((name, definition)) = self.document.fragments.get_key_value(name) else {
            return Ok(Weight::default());
        };
        if let Some(known) = self.known.get(name.as_str()) {
            return if steps + known.steps > MAX_STEPS { Err(too_deep()) } else { Ok(*known) };
        }
        if !self.open.insert(name) {
            return Err(too_large("FRAGMENT_CYCLE", format!("the fragment `{name}` spreads itself")));
        }
        let definition = &definition.node;
        let about_schema = is_of_schema(&definition.type_condition.node.on.node);
        let mut weight = self.selection_set(&definition.selection_set.node, steps, about_schema)?;
        let directives = self.directives(&definition.directives, &mut weight.copied)?;
        weight.directives = weight.directives.saturating_add(directives);
        self.open.remove(name.as_str());
        self.known.insert(name, weight);
        Ok(weight)
    }

    /// How many there are; their arguments are values like others.
    fn directives(&self, directives: &[Positioned<Directive>], copied: &mut u64) -> Result<u64, ServerError> {
        if directives.len() > MAX_DIRECTIVES_EACH {
            return Err(too_many_directives(format!(
                "{} directives on one selection; at most {MAX_DIRECTIVES_EACH}",
                directives.len()
            )));
        }
        for (_, value) in directives.iter().flat_map(|directive| &directive.node.arguments) {
            *copied = copied.saturating_add(self.values.copied(&value.node)?);
        }
        Ok(directives.len() as u64)
    }
}

fn is_of_schema(type_name: &Name) -> bool {
    type_name.starts_with("__")
}

/// About how long the lists of a schema like ours are.
fn schema_list(field: &str) -> u64 {
    match field {
        "types" => 60,
        "fields" => 6,
        "directives" => 4,
        "args" | "inputFields" | "enumValues" => 2,
        _ => 1,
    }
}

/// How many items a list has that is no connection: 75 categories are built in, a run has at most 20 workers.
fn plain_list(field: &str) -> u64 {
    match field {
        "departments" => 15,
        "categories" | "perCategory" | "categoryResults" => 75,
        "workers" => 20,
        _ => 1,
    }
}
